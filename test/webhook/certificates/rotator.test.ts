import t, { type Test } from 'tap'
import type { CertificateCluster, VersionedCertificates } from '../../../webhook/certificates/cluster.ts'
import { readCertificate } from '../../../webhook/certificates/issue.ts'
import type { LeaseRecord } from '../../../webhook/certificates/lease.ts'
import { startRotator } from '../../../webhook/certificates/rotator.ts'
import type { KeyPair } from '../../../src/net/http-server.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { recordLog } from '../../support/recorded-log.ts'

const hosts = ['warmpath-webhook.warmpath.svc']
const startMs = Date.UTC(2026, 0, 1)
const tickMs = 10_000
const dayMs = 24 * 3600 * 1000

/** Secret and Lease with versions, as etcd keeps them, and what the configurations were given. */
function createCluster() {
  let version = 0
  let secret: VersionedCertificates | undefined
  let lease: LeaseRecord | undefined
  let trusted: readonly string[] = []
  let missing: readonly string[] = []
  const faults: { secret?: Error; trust?: Error } = {}
  const cluster: CertificateCluster = {
    async readSecret() {
      if (faults.secret !== undefined) throw faults.secret
      return secret
    },
    async writeSecret(stored, expected) {
      if (secret?.version !== expected) return false
      secret = { version: String(++version), stored }
      return true
    },
    readLease: async () => lease,
    async writeLease(holder, { version: expected }) {
      if (lease?.version !== expected) return false
      lease = { holder, version: String(++version) }
      return true
    },
    async trust(authorities) {
      if (faults.trust !== undefined) throw faults.trust
      trusted = authorities
      return missing
    },
  }
  return {
    cluster,
    faults,
    stored: () => secret?.stored,
    holder: () => lease?.holder,
    trusted: () => trusted,
    miss: (names: readonly string[]) => (missing = names),
  }
}

function start(t: Test, cluster: CertificateCluster, clock: ManualClock, identity = 'a') {
  const pairs: KeyPair[] = []
  const recorded = recordLog()
  let failures = 0
  const rotator = startRotator({
    ...{ cluster, hosts, identity, clock, tickMs, log: recorded.log },
    wallMs: () => startMs + clock.now(),
    onPair: (pair) => pairs.push(pair),
    onFailure: () => (failures += 1),
  })
  let stopped = false
  const stop = async () => {
    if (stopped) return
    stopped = true
    await rotator.stop()
  }
  t.teardown(stop)
  return { rotator, pairs, recorded, failures: () => failures, stop }
}

interface WatchedClock extends ManualClock {
  /** Waits for the next tick that are set. */
  pauses(): number
}

function createClock(): WatchedClock {
  const clock = createManualClock()
  let pauses = 0
  return {
    ...clock,
    pauses: () => pauses,
    setTimer(delayMs, run) {
      if (delayMs !== tickMs) return clock.setTimer(delayMs, run)
      pauses += 1
      let over = false
      const end = () => {
        if (!over) pauses -= 1
        over = true
      }
      const cancel = clock.setTimer(delayMs, () => {
        end()
        run()
      })
      return () => {
        end()
        cancel()
      }
    },
  }
}

/** Resolves when `count` rotators wait for their next tick. */
async function idle(clock: WatchedClock, count = 1): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve))
  while (clock.pauses() !== count)
}

async function pass(clock: WatchedClock, ms: number, count = 1): Promise<void> {
  for (let left = ms; left > 0; left -= tickMs) {
    clock.advance(Math.min(left, tickMs))
    await idle(clock, count)
  }
}

t.test('the first one makes the certificates, tells the API server and serves them', async (t) => {
  const { cluster, stored, trusted, holder } = createCluster()
  const clock = createClock()
  const { rotator, pairs } = start(t, cluster, clock)
  await idle(clock)
  t.equal(holder(), 'a')
  t.ok(rotator.isLeading())
  t.same(trusted(), stored()?.authorities)
  t.same(pairs, [{ certificate: stored()?.certificate, key: stored()?.key }])
})

t.test('others serve the same and change nothing; when the leader ends, one of them leads at once', async (t) => {
  const { cluster, holder } = createCluster()
  const clock = createClock()
  const first = start(t, cluster, clock)
  await idle(clock)
  const second = start(t, cluster, clock, 'b')
  await idle(clock, 2)
  t.same(second.pairs, first.pairs)
  t.notOk(second.rotator.isLeading())
  await first.stop()
  t.equal(holder(), '')
  await pass(clock, tickMs)
  t.equal(holder(), 'b')
})

t.test('a leader that falls silent is followed after its lease', async (t) => {
  const { cluster, holder } = createCluster()
  const clock = createClock()
  await cluster.writeLease('gone', { version: undefined, leaseMs: 30_000 })
  const { rotator } = start(t, cluster, clock)
  await idle(clock)
  await pass(clock, 20_000)
  t.notOk(rotator.isLeading())
  await pass(clock, 10_000)
  t.ok(rotator.isLeading())
  t.equal(holder(), 'a')
})

t.test('a certificate is renewed in time and handed on', async (t) => {
  const { cluster, stored } = createCluster()
  const clock = createClock()
  const { pairs } = start(t, cluster, clock)
  await idle(clock)
  clock.advance(61 * dayMs)
  await idle(clock)
  clock.advance(tickMs)
  await idle(clock)
  t.equal(pairs.length, 2)
  t.equal(pairs[1]?.certificate, stored()?.certificate)
  t.ok((readCertificate(stored()?.certificate ?? '')?.notAfterMs ?? 0) > startMs + 140 * dayMs)
})

t.test('a failure is counted, told, and over with the next tick', async (t) => {
  const { cluster, faults, stored } = createCluster()
  const clock = createClock()
  faults.secret = new Error('no connection')
  const { pairs, recorded, failures } = start(t, cluster, clock)
  await idle(clock)
  t.equal(failures(), 1)
  t.match(recorded.lines, [{ level: 'warn', event: 'certificate rotation failed' }])
  delete faults.secret
  await pass(clock, tickMs)
  t.equal(pairs[0]?.certificate, stored()?.certificate)
})

t.test('without the right to change the configurations the certificate is still renewed', async (t) => {
  const { cluster, faults } = createCluster()
  const clock = createClock()
  const { pairs, failures } = start(t, cluster, clock)
  await idle(clock)
  faults.trust = new Error('forbidden')
  clock.advance(61 * dayMs)
  await idle(clock)
  await pass(clock, tickMs)
  t.equal(pairs.length, 2)
  t.ok(failures() > 0)
})

t.test('configurations that are missing are named once', async (t) => {
  const { cluster, miss } = createCluster()
  const clock = createClock()
  miss(['warmpath-webhook'])
  const { recorded } = start(t, cluster, clock)
  await idle(clock)
  await pass(clock, 3 * tickMs)
  t.match(
    recorded.lines.filter(({ level }) => level === 'warn'),
    [{ event: 'webhook configurations missing', fields: { names: 'warmpath-webhook' } }],
  )
  t.equal(recorded.lines.filter(({ event }) => event === 'webhook configurations missing').length, 1)
})

t.test('an API server that does not answer is waited for no longer than a tick', async (t) => {
  const { cluster } = createCluster()
  const clock = createClock()
  let hanging = true
  const slow = { ...cluster, readSecret: () => (hanging ? new Promise<undefined>(() => {}) : cluster.readSecret()) }
  const { pairs, failures } = start(t, slow, clock)
  await clock.timerSet(0.8 * tickMs)
  clock.advance(0.8 * tickMs)
  await idle(clock)
  t.equal(failures(), 1)
  hanging = false
  await pass(clock, tickMs)
  t.equal(pairs.length, 1)
})
