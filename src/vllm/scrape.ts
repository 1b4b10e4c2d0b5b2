import type { Clock } from '../clock.ts'
import { WarmpathError } from '../errors.ts'
import { createGetter, type Answer } from './getter.ts'
import { parseExposition, type MalformedLine } from './exposition.ts'
import { parseModelList, type ServedModel } from './model-list.ts'
import { isEngineMetric, toEngineSignals, type EngineSignals } from './signals.ts'

/** Where an engine answers; `name` is for messages, `url` an origin such as `http://10.0.3.7:8000`. */
export interface EngineAddress {
  readonly name: string
  readonly url: string
}

export interface Scrape {
  readonly signals: EngineSignals
  /** Unreadable lines of metrics that concern us; the signals they were about are absent. */
  readonly malformed: readonly MalformedLine[]
}

/**
 * Asks engines about themselves over kept-alive connections. Every call ends within `timeoutMs` and rejects with a
 * WarmpathError: ENGINE_TIMEOUT, ENGINE_CONNECTION, ENGINE_STATUS, ENGINE_ANSWER_TOO_LARGE or ENGINE_ANSWER_FORMAT;
 * after `signal` aborted, with ENGINE_ASK_STOPPED.
 */
export interface EngineClient {
  /** GET /metrics. */
  scrape(engine: EngineAddress, signal?: AbortSignal): Promise<Scrape>
  /** GET /v1/models: base models and LoRA adapters. */
  models(engine: EngineAddress, signal?: AbortSignal): Promise<readonly ServedModel[]>
  /** GET /health: the HTTP status, whatever it is (vLLM: 200, or 503 when the engine is dead). */
  health(engine: EngineAddress, signal?: AbortSignal): Promise<number>
  /** Drops the idle connections. */
  close(): void
}

export interface EngineClientOptions {
  readonly clock: Clock
  /** For each call as a whole, ms. */
  readonly timeoutMs: number
  /** A larger answer is an error; 4 MiB by default, about 20 times a page of 9 data-parallel engines. */
  readonly maxBodyBytes?: number
  /** vLLM's `--api-key`; sent where vLLM checks it, below /v1. */
  readonly apiKey?: string
}

export function createEngineClient({
  clock,
  timeoutMs,
  maxBodyBytes = 4 << 20,
  apiKey,
}: EngineClientOptions): EngineClient {
  const getter = createGetter({ clock, timeoutMs, maxBodyBytes })
  const authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
  return {
    async scrape(engine, signal) {
      const what = `Cannot read metrics of "${engine.name}"`
      const answer = await getter.get({
        url: `${engine.url}/metrics`,
        what,
        headers: { accept: 'text/plain; version=0.0.4' },
        signal,
      })
      return readMetrics(textOf(answer, what), what)
    },
    async models(engine, signal) {
      const what = `Cannot list the models of "${engine.name}"`
      const headers = { accept: 'application/json', ...authorization }
      const answer = await getter.get({ url: `${engine.url}/v1/models`, what, headers, signal })
      const models = parseModelList(textOf(answer, what))
      if (models === undefined) throw formatError(what, 'another body', 'OpenAI\'s model list {"data": [{"id": ...}]}')
      return models
    },
    async health(engine, signal) {
      const what = `Cannot check the health of "${engine.name}"`
      return (await getter.get({ url: `${engine.url}/health`, what, headers: {}, signal })).status
    },
    close: getter.close,
  }
}

function textOf({ status, body }: Answer, what: string): string {
  if (status !== 200) throw new WarmpathError('ENGINE_STATUS', `${what}: status ${status}, expected 200`)
  return body.toString('utf8')
}

/** Far above any page that fits the byte limit in practice; bounds the work on a page of empty lines. */
const MAX_LINES = 200_000

function readMetrics(text: string, what: string): Scrape {
  const page = parseExposition(text, { maxLines: MAX_LINES, maxCharacters: text.length, wanted: isEngineMetric })
  if (page.truncated) throw formatError(what, `more than ${MAX_LINES} lines`, 'a shorter page')
  const [first] = page.malformed
  // An HTML page or the like: nothing read and something unreadable. A page without vLLM's metrics is merely silent.
  if (page.samples.length === 0 && first !== undefined)
    throw formatError(what, `line ${first.line}: ${first.problem}`, 'the Prometheus text format')
  return { signals: toEngineSignals(page), malformed: page.malformed }
}

const formatError = (what: string, actual: string, expected: string): WarmpathError =>
  new WarmpathError('ENGINE_ANSWER_FORMAT', `${what}: ${actual}, expected ${expected}`)
