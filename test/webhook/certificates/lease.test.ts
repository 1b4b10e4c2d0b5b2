import fc from 'fast-check'
import t from 'tap'
import { decideLease, isLeading, type LeaseRecord } from '../../../webhook/certificates/lease.ts'

const leaseMs = 30_000
const base = { nowMs: 100_000, identity: 'a', seenMs: 100_000, leaseMs }

t.test('a Lease that is not there, or was given up, is taken', async (t) => {
  t.equal(decideLease({ ...base, record: undefined }).kind, 'take')
  t.equal(decideLease({ ...base, record: { holder: '', version: '1' } }).kind, 'take')
})

t.test('the holder renews; others wait until the record has been still for a whole lease', async (t) => {
  const record = { holder: 'a', version: '1' }
  t.equal(decideLease({ ...base, record }).kind, 'renew')
  t.equal(decideLease({ ...base, identity: 'b', record, seenMs: 70_001 }).kind, 'wait')
  t.equal(decideLease({ ...base, identity: 'b', record, seenMs: 70_000 }).kind, 'take')
})

t.test('without a renewal nobody leads', async (t) => {
  t.notOk(isLeading({ nowMs: 0, renewedMs: undefined, leaseMs }))
  t.ok(isLeading({ nowMs: 23_999, renewedMs: 0, leaseMs }))
  t.notOk(isLeading({ nowMs: 24_000, renewedMs: 0, leaseMs }))
})

interface Candidate {
  readonly identity: string
  seen: { readonly version: string | undefined; readonly atMs: number } | undefined
  renewedMs: number | undefined
}

/** Reads are old by `lagMs` when they are acted on, as when a process was stopped in between; writes check versions. */
const events = fc.array(
  fc.record({
    who: fc.constantFrom(0, 1, 2),
    waitMs: fc.integer({ min: 0, max: 40_000 }),
    lagMs: fc.integer({ min: 0, max: 20_000 }),
    answerLost: fc.boolean(),
  }),
  { maxLength: 200 },
)

t.test('no two lead at once, whoever acts when, with answers lost and writes that come late', async () => {
  fc.assert(
    fc.property(events, (list) => {
      const candidates: readonly Candidate[] = ['a', 'b', 'c'].map((identity) => ({
        identity,
        seen: undefined,
        renewedMs: undefined,
      }))
      let record: LeaseRecord | undefined
      let version = 0
      let nowMs = 0
      const leaders = () => candidates.filter(({ renewedMs }) => isLeading({ nowMs, renewedMs, leaseMs })).length
      for (const { who, waitMs, lagMs, answerLost } of list) {
        nowMs += waitMs
        const one = candidates[who]
        if (one === undefined) return false
        const read = record
        if (one.seen === undefined || one.seen.version !== read?.version)
          one.seen = { version: read?.version, atMs: nowMs }
        const sentMs = nowMs
        const step = decideLease({ nowMs, identity: one.identity, record: read, seenMs: one.seen.atMs, leaseMs })
        if (step.kind === 'wait') {
          one.renewedMs = undefined
        } else {
          nowMs += lagMs
          version += 1
          record = { holder: one.identity, version: String(version) }
          if (!answerLost) one.renewedMs = sentMs
        }
        if (leaders() > 1) return false
      }
      return true
    }),
    { numRuns: 500 },
  )
})
