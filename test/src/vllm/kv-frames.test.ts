import fc from 'fast-check'
import t from 'tap'
import { decodeSequence, encodeSequence, endOfReplay } from '../../../src/vllm/kv-frames.ts'

t.test('a sequence frame is 8 bytes big-endian and reads back', async (t) => {
  t.strictSame([...encodeSequence(258)], [0, 0, 0, 0, 0, 0, 1, 2])
  fc.assert(fc.property(fc.maxSafeNat(), (sequence) => decodeSequence(encodeSequence(sequence)) === sequence))
})

t.test('decodeSequence knows the end marker and refuses other frames', async (t) => {
  t.equal(decodeSequence(endOfReplay), 'end')
  t.equal(decodeSequence(new Uint8Array(7)), undefined)
  t.equal(decodeSequence(new Uint8Array(8).fill(0xfe)), undefined)
})
