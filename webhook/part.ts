import { toHeaderText } from './admission-review.ts'
import type { Edit } from './edit.ts'
import { type MutationOutcome, unneeded } from './mutation.ts'

/** One of the things that a mutation does to a pod; empty where nothing is to be done. */
export interface Part {
  readonly edits: readonly Edit[]
  readonly warnings: readonly string[]
}

export const nothing: Part = { edits: [], warnings: [] }

export const editing = (...edits: readonly Edit[]): Part => ({ edits, warnings: [] })

export const warning = (id: string, text: string): Part => ({ edits: [], warnings: [warningText(id, text)] })

/** All parts together. Where nothing is edited one warning is enough. */
export function outcomeOf(parts: readonly Part[]): MutationOutcome {
  const edits = parts.flatMap((part) => part.edits)
  const warnings = parts.flatMap((part) => part.warnings)
  if (edits.length > 0) return { kind: 'edited', edits, ...(warnings.length > 0 && { warnings }) }
  const [first] = warnings
  return first === undefined ? unneeded : { kind: 'left', warning: first }
}

/** The outcome of a mutation that the user's own value stands against. */
export const leave = (id: string, text: string): MutationOutcome => ({ kind: 'left', warning: warningText(id, text) })

const warningText = (id: string, text: string): string => toHeaderText(`${id}: ${text}`)

/** A value of the user's in a warning, cut so that the words around it fit. */
export function quoted(value: string): string {
  const text = JSON.stringify(value)
  return text.length <= quotedLimit ? text : `${text.slice(0, quotedLimit - 4)}..."`
}

const quotedLimit = 40
