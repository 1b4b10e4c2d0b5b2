import { createFleet, type Fleet, type FleetOptions } from '../../src/simulation/fleet/fleet.ts'
import { type EngineProfile, engineProfile } from '../../src/simulation/profiles.ts'

/** Small and quick: 256 blocks of 16 tokens, every step takes 1 ms. */
export const tinyEngine: EngineProfile = {
  ...engineProfile('laptop'),
  name: 'tiny',
  model: 'tiny',
  kvBlocks: 256,
  maxModelLen: 4096,
  stepMs: () => 1,
}

export interface FleetUnderTest {
  readonly fleet: Fleet
  /** Of replica 0. */
  readonly url: string
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>
  /** Status and parsed body. */
  postJson(
    path: string,
    body: unknown,
    init?: RequestInit,
  ): Promise<{ readonly status: number; readonly body: unknown }>
  getJson(path: string): Promise<unknown>
}

/** One replica (unless asked for more) on free ports, stopped when the test ends. */
export async function startFleet(
  t: { teardown(run: () => Promise<void>): unknown },
  options: Partial<FleetOptions> = {},
): Promise<FleetUnderTest> {
  const free = { replicas: 1, port: 0, kvEventsPort: 0, kvReplayPort: 0 }
  const fleet = await createFleet({ ...free, engine: tinyEngine, meanOutputTokens: 8, ...options })
  t.teardown(() => fleet.stop(AbortSignal.abort()))
  const url = fleet.replicas[0]?.url ?? ''
  const post = (path: string, body: unknown, init: RequestInit = {}): Promise<Response> =>
    fetch(url + path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
      headers: { 'content-type': 'application/json', ...init.headers },
    })
  return {
    fleet,
    url,
    post,
    async postJson(path, body, init) {
      const response = await post(path, body, init)
      return { status: response.status, body: await response.json() }
    },
    async getJson(path) {
      const response = await fetch(url + path)
      return response.json()
    },
  }
}

/** The `data:` payloads of an event stream, "[DONE]" as text; throws on anything else between them. */
export function eventsOf(stream: string): unknown[] {
  if (!stream.endsWith('\n\n')) throw new Error(`stream does not end with an empty line: ${stream.slice(-80)}`)
  return stream
    .slice(0, -2)
    .split('\n\n')
    .map((event): unknown => {
      if (!event.startsWith('data: ')) throw new Error(`not an event: ${event}`)
      const data = event.slice('data: '.length)
      return data === '[DONE]' ? data : JSON.parse(data)
    })
}

export function chat(content: string, more: object = {}): object {
  return { model: 'tiny', messages: [{ role: 'user', content }], ...more }
}

/** Some 4 bytes make a token, so this is about `tokens` long. */
export function words(tokens: number, word = 'tea'): string {
  return `${word} `.repeat(tokens)
}

/** Turns of the event loop until something the sockets bring about is so. */
export async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => setImmediate(resolve))
}

/** A field of parsed JSON; undefined when there is none. */
export function field(raw: unknown, name: string): unknown {
  return typeof raw === 'object' && raw !== null ? new Map<string, unknown>(Object.entries(raw)).get(name) : undefined
}

export function firstChoice(body: unknown): unknown {
  const choices = field(body, 'choices')
  return Array.isArray(choices) ? choices[0] : undefined
}

export function answerOf(body: unknown): string {
  return String(field(field(firstChoice(body), 'message'), 'content'))
}

export function tokenIdsOf(body: unknown): number[] {
  const ids = field(firstChoice(body), 'token_ids')
  return Array.isArray(ids) ? ids.map(Number) : []
}
