import { APIError, OpenAI } from 'openai'
import { readMetrics } from '../metrics-page.ts'

/** One thing that users of the official client do. */
export interface ClientCase {
  readonly name: string
  /** What the client made of it. */
  observe(place: Place): Promise<unknown>
  /** A pattern of node-tap's `match`. */
  readonly expected: unknown
  /** Instead of `expected`, where the router has its own answer; elsewhere it passes on the engine's. */
  readonly routed?: unknown
}

/** A server that the client talks to. */
export interface Place {
  readonly client: OpenAI
  readonly model: string
  /** Of all engines behind it. */
  work(): Promise<EngineWork>
}

export interface EngineWork {
  readonly running: number
  /** Requests that ended, those left by their client not among them. */
  readonly finished: number
}

/** `engines`: the URLs whose metrics tell of the work. */
export function placeAt(url: string, model: string, engines: readonly string[]): Place {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
  return { client, model, work: () => workOf(engines) }
}

async function workOf(engines: readonly string[]): Promise<EngineWork> {
  const pages = await Promise.all(engines.map(readMetrics))
  const total = (name: string): number => pages.reduce((sum, page) => sum + (page.total(name) ?? Number.NaN), 0)
  return { running: total('vllm:num_requests_running'), finished: total('vllm:request_success_total') }
}

/** The class of the client's error, and what a program can tell from it. */
export async function refusalOf(request: PromiseLike<unknown>): Promise<object> {
  try {
    await request
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const kind = error.constructor.name
    if (!(error instanceof APIError)) return { kind, message: error.message }
    return { kind, ...faultOf(error) }
  }
  throw new Error('the request was not refused')
}

function faultOf({ status, code, param, type, message }: Readonly<Record<FaultField, unknown>>): object {
  return { status, code, param, type, message }
}

type FaultField = 'status' | 'code' | 'param' | 'type' | 'message'

/** Without what differs between two equal requests: names, times, and what the cache held. */
export function withoutChance(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutChance)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]: [string, unknown]) => [
      key,
      byChance.has(key) ? typeof one : withoutChance(one),
    ]),
  )
}

const byChance = new Set(['id', 'created', 'cached_tokens', 'created_cache_tokens'])
