import type { Clock } from '../clock.ts'
import type { Random } from '../random.ts'
import type { Log } from '../telemetry/log.ts'

export interface DemoLoadOptions {
  /** Origin of an OpenAI server. */
  readonly url: string
  readonly model: string
  readonly perSecond: number
  readonly random: Random
  readonly clock: Clock
  readonly log: Log
}

/** More open requests than this are not started: the server is behind, and the process must not fill up. */
const MOST_OPEN = 256
/** 64 prefixes of about 2,200 tokens each are 140k tokens: more than one `laptop` replica holds, less than four do. */
const PREFIXES = 64
const PREFIX_WORDS = 1800

/**
 * Streams chats at random moments, `perSecond` on average. Each has one of `PREFIXES` long system prompts, some far
 * more often than others, and a question of its own.
 */
export function startDemoLoad(options: DemoLoadOptions): { stop(): Promise<void> } {
  const { perSecond, random, clock, log } = options
  const open = new Set<Promise<void>>()
  const stopping = new AbortController()
  const prefixes = Array.from({ length: PREFIXES }, () => words(PREFIX_WORDS, random))
  let cancel = later()

  function later(): () => void {
    // Exponential gaps: arrivals that know nothing of each other.
    return clock.setTimer((-Math.log(1 - random()) / perSecond) * 1000, () => {
      if (open.size < MOST_OPEN) start()
      cancel = later()
    })
  }

  function start(): void {
    const system = prefixes[Math.floor(random() ** 2 * PREFIXES)] ?? ''
    const chat = sendChat(options, { system, question: words(20 + Math.floor(random() * 80), random) }, stopping.signal)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.debug('demo chat failed', { error })
      })
      .finally(() => open.delete(chat))
    open.add(chat)
  }

  return {
    async stop() {
      cancel()
      stopping.abort()
      await Promise.all(open)
    },
  }
}

async function sendChat(
  { url, model, random }: DemoLoadOptions,
  { system, question }: { readonly system: string; readonly question: string },
  signal: AbortSignal,
): Promise<void> {
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content: question },
  ]
  const more = { max_tokens: 32 + Math.floor(random() * 160), stream: true, stream_options: { include_usage: true } }
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages, ...more }),
    signal,
  })
  await response.body?.pipeTo(new WritableStream(), { signal })
}

const vocabulary =
  'prefix cache block token prompt model route queue replica answer engine warm path pool shard batch'.split(' ')

const words = (count: number, random: Random): string =>
  Array.from({ length: count }, () => vocabulary[Math.floor(random() * vocabulary.length)]).join(' ')
