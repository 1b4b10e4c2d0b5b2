import type { TraceRequest } from './trace.ts'

/** What one line of a trace file is; `why` says what was found and what was expected. */
export type TraceLine =
  | { readonly kind: 'request'; readonly request: TraceRequest }
  | { readonly kind: 'empty' }
  | { readonly kind: 'broken'; readonly why: string }

/** A file format of one request per line. `atMs` counts from any origin; the reader moves it to the first arrival. */
export interface TraceFormat {
  readonly name: string
  /** How a line looks, for error messages. */
  readonly shape: string
  /** Whether a line is of this format, broken or not. */
  recognises(line: string): boolean
  /** `lineNumber` counts from 1. Never throws. */
  parseLine(line: string, lineNumber: number): TraceLine
}

/** No model reads more; a larger number is a slip, and would ask for as many block keys. */
const tokensMax = 2 ** 24

export const promptLength = { min: 1, max: tokensMax, expected: `a whole number from 1 to ${tokensMax}` }
/** 0 is found for answers cut off or filtered. */
export const outputLength = { min: 0, max: tokensMax, expected: `a whole number from 0 to ${tokensMax}` }

/** An engine computes the whole prompt and samples once, whatever becomes of the token: 0 counts as 1. */
export const generatedTokens = (outputTokens: number): number => Math.max(1, outputTokens)

export function isWholeNumber(
  value: unknown,
  { min, max }: { readonly min: number; readonly max: number },
): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
}

export function broken(field: string, value: unknown, expected: string): TraceLine {
  return { kind: 'broken', why: `${field} is ${excerpt(value)}, expected ${expected}` }
}

const excerptMax = 60

/** Any value as one short line of JSON. */
export function excerpt(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > excerptMax ? `${text.slice(0, excerptMax)}…` : text
}
