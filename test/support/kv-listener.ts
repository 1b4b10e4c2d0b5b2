import { Dealer, Subscriber } from 'zeromq'
import { decodeKvEvents, type KvEvent } from '../../src/vllm/kv-events.ts'
import { decodeSequence, encodeSequence } from '../../src/vllm/kv-frames.ts'

export interface ReceivedBatch {
  readonly topic: string
  readonly sequence: number | 'end' | undefined
  readonly events: readonly KvEvent[]
}

export interface KvListener {
  /** The next live batch. */
  next(): Promise<ReceivedBatch>
}

type Teardown = { teardown(run: () => void): unknown }

/** A SUB socket, subscribed to everything; resolves once it is connected, so that no batch after it is missed. */
export async function listenForKvEvents(t: Teardown, endpoint: string): Promise<KvListener> {
  const socket = new Subscriber({ linger: 0 })
  t.teardown(() => socket.close())
  const connected = new Promise((resolve) => socket.events.on('handshake', resolve))
  socket.connect(endpoint)
  socket.subscribe('')
  await connected
  return {
    async next() {
      const [topic, sequence, payload, ...more] = await socket.receive()
      if (topic === undefined || sequence === undefined || payload === undefined || more.length > 0)
        throw new Error('not 3 frames')
      return { topic: topic.toString(), sequence: decodeSequence(sequence), events: eventsOf(payload) }
    },
  }
}

/** Everything replayed from `start` on, the end marker included, as frame lists without the payload's bytes. */
export async function replayKvEvents(t: Teardown, endpoint: string, start: number): Promise<readonly ReceivedBatch[]> {
  const socket = new Dealer({ linger: 0 })
  t.teardown(() => socket.close())
  socket.connect(endpoint)
  await socket.send(['', encodeSequence(start)])
  const received: ReceivedBatch[] = []
  for await (const [delimiter, topic, sequence, payload, ...more] of socket) {
    if (
      delimiter?.length !== 0 ||
      topic === undefined ||
      sequence === undefined ||
      payload === undefined ||
      more.length > 0
    ) {
      throw new Error('not ["", topic, sequence, payload]')
    }
    const number = decodeSequence(sequence)
    received.push({ topic: topic.toString(), sequence: number, events: number === 'end' ? [] : eventsOf(payload) })
    if (number === 'end') break
  }
  return received
}

function eventsOf(payload: Uint8Array): readonly KvEvent[] {
  const result = decodeKvEvents(payload)
  if (!result.ok) throw result.error
  return result.batch.events
}
