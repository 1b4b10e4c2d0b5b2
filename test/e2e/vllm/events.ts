import { Dealer } from 'zeromq'
import { decodeKvEvents, type KvEvent, type KvEventBatch } from '../../../src/vllm/kv-events.ts'
import { decodeSequence, encodeSequence } from '../../../src/vllm/kv-frames.ts'

export interface ReplayedBatch {
  readonly topic: string
  readonly sequence: number
  readonly payload: Uint8Array
  readonly batch: KvEventBatch
}

/** Everything a publisher still has from `start` on. Rejects for frames that are not vLLM's. */
export async function replayFrom(endpoint: string, start: number): Promise<readonly ReplayedBatch[]> {
  const socket = new Dealer({ linger: 0, receiveTimeout: 20_000 })
  socket.connect(endpoint)
  try {
    await socket.send(['', encodeSequence(start)])
    const received: ReplayedBatch[] = []
    for await (const [delimiter, topic, sequenceFrame, payload, ...more] of socket) {
      if (delimiter?.length !== 0 || topic === undefined || sequenceFrame === undefined || payload === undefined)
        throw new Error('not ["", topic, sequence, payload]')
      const sequence = decodeSequence(sequenceFrame)
      if (sequence === undefined || more.length > 0) throw new Error('not a sequence number')
      if (sequence === 'end') {
        if (topic.length > 0 || payload.length > 0) throw new Error('the end marker says more than the end')
        break
      }
      const decoded = decodeKvEvents(payload)
      if (!decoded.ok) throw decoded.error
      received.push({ topic: topic.toString(), sequence, payload, batch: decoded.batch })
    }
    return received
  } finally {
    socket.close()
  }
}

/** The events of the batches in order, as text that JSON can show. */
export function eventLines(batches: readonly ReplayedBatch[]): readonly string[] {
  return batches.flatMap(({ batch }) => batch.events.map(eventLine))
}

function eventLine(event: KvEvent): string {
  return JSON.stringify(event, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))
}
