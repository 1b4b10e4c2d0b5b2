import { Publisher, Router } from 'zeromq'
import { WarmpathError } from '../../errors.ts'
import type { Log } from '../../telemetry/log.ts'
import type { KvEvent } from '../../vllm/kv-events.ts'
import { encodeKvEvents, type KvEventsForm } from '../../vllm/kv-events-encode.ts'
import { decodeSequence, encodeSequence, endOfReplay } from '../../vllm/kv-frames.ts'

export interface KvPublisherOptions {
  readonly host: string
  /** 0 = any free port, of both. */
  readonly port: number
  readonly replayPort: number
  readonly topic: string
  readonly form: KvEventsForm
  /** Batches kept for replay (vLLM `buffer_steps`); older ones are gone without notice. */
  readonly bufferSteps: number
  /** Unix time. */
  readonly nowSeconds: () => number
  readonly log: Log
}

export interface KvPublisher {
  readonly endpoint: string
  readonly replayEndpoint: string
  /** Sends one batch: what one engine step changed. */
  publish(events: readonly KvEvent[]): void
  /** Resolves when nothing is sent any more; the ports are free soon after. */
  close(): Promise<void>
}

/**
 * vLLM's ZMQ publisher (vllm/distributed/kv_events.py ZmqEventPublisher): a PUB socket with frames
 * [topic, sequence, payload], the sequence counted from 0, and a ROUTER that replays from a sequence on.
 * Rejects with `PORT_IN_USE` when an address is taken.
 */
export async function createKvPublisher(options: KvPublisherOptions): Promise<KvPublisher> {
  const pub = new Publisher({ sendHighWaterMark: highWaterMark, linger: 0 })
  // A ROUTER drops what exceeds its mark; a whole replay must fit.
  const router = new Router({ sendHighWaterMark: options.bufferSteps + 1, linger: 0 })
  const closeSockets = (): void => {
    pub.close()
    router.close()
  }
  try {
    await bind(pub, options.host, options.port, '--kv-events-port')
    await bind(router, options.host, options.replayPort, '--kv-replay-port')
  } catch (error) {
    closeSockets()
    throw error
  }
  const topic = Buffer.from(options.topic, 'utf8')
  const buffer = new Map<number, Uint8Array>()
  let next = 0
  let sending = Promise.resolve()
  const failed = (error: unknown): void => {
    if (!pub.closed) options.log.error('kv events failed', { error })
  }
  const replaying = serveReplay(router, topic, buffer).catch(failed)

  return {
    endpoint: pub.lastEndpoint ?? '',
    replayEndpoint: router.lastEndpoint ?? '',
    publish(events) {
      const sequence = next++
      const payload = encodeKvEvents({ tsSeconds: options.nowSeconds(), events, rank: 0 }, options.form)
      buffer.set(sequence, payload)
      if (buffer.size > options.bufferSteps) buffer.delete(sequence - options.bufferSteps)
      // A PUB socket never waits: it drops per subscriber. Sends are chained only to keep their order.
      sending = sending.then(() => pub.send([topic, encodeSequence(sequence), payload])).catch(failed)
    },
    async close() {
      closeSockets()
      await Promise.all([sending, replaying])
    },
  }
}

/** vLLM's default `hwm`, batches per subscriber, and of `max_queue_size`. */
export const highWaterMark = 100_000

/** `flag`: the option a user changes when the port is taken. */
async function bind(socket: Publisher | Router, host: string, port: number, flag: string): Promise<void> {
  try {
    await socket.bind(`tcp://${host}:${port === 0 ? '*' : port}`)
  } catch (cause) {
    throw new WarmpathError('PORT_IN_USE', `Cannot bind tcp://${host}:${port}; choose another port with ${flag}`, {
      cause,
    })
  }
}

/** Answers [client, "", start sequence]; ends when the socket is closed. */
async function serveReplay(router: Router, topic: Uint8Array, buffer: ReadonlyMap<number, Uint8Array>): Promise<void> {
  const empty = new Uint8Array(0)
  for await (const [client, delimiter, start, ...rest] of router) {
    if (client === undefined || delimiter === undefined || start === undefined || rest.length > 0) continue
    const from = decodeSequence(start)
    if (typeof from !== 'number') continue
    for (const [sequence, payload] of [...buffer]) {
      if (sequence >= from) await router.send([client, empty, topic, encodeSequence(sequence), payload])
    }
    await router.send([client, empty, empty, endOfReplay, empty])
  }
}
