import { type Clock, pause } from '../../src/clock.ts'
import { WarmpathError } from '../../src/errors.ts'
import type { KeyPair } from '../../src/net/http-server.ts'
import type { Log } from '../../src/telemetry/log.ts'
import type { CertificateCluster, VersionedCertificates } from './cluster.ts'
import { decideLease, isLeading, type LeaseRecord } from './lease.ts'
import { nextCertificates } from './next-certificates.ts'
import { decideRotation, defaultPeriods, type Periods } from './rotation.ts'

export interface RotatorOptions {
  readonly cluster: CertificateCluster
  /** Names that the certificate has to have. */
  readonly hosts: readonly string[]
  /** Of this process; no other has the same. */
  readonly identity: string
  readonly clock: Clock
  /** Wall clock, for what certificates say of themselves. */
  readonly wallMs: () => number
  readonly log: Log
  readonly onPair: (pair: KeyPair) => void
  readonly onFailure: () => void
  /** 10 s by default: how often the Secret is read and the Lease renewed. */
  readonly tickMs?: number
  /** 30 s by default. */
  readonly leaseMs?: number
  readonly periods?: Periods
}

export interface Rotator {
  isLeading(): boolean
  /** Gives up the Lease, so that another need not wait for its end. */
  stop(): Promise<void>
}

/**
 * Keeps the certificate in a Secret that all pods serve from; one of them, by a Lease, renews it and tells the API server
 * whom to trust. A step that fails is logged, counted and tried again at the next tick.
 */
export function startRotator(options: RotatorOptions): Rotator {
  const { cluster, clock, log, tickMs = 10_000, leaseMs = 30_000 } = options
  const answerMs = 0.8 * tickMs
  const stop = new AbortController()
  const election = createElection({ ...options, leaseMs })
  let served: string | undefined
  let missing = ''

  function serve(found: VersionedCertificates | undefined): void {
    const pair = found?.stored
    if (pair === undefined || pair.certificate === served) return
    served = pair.certificate
    options.onPair({ certificate: pair.certificate, key: pair.key })
  }

  function fail(error: unknown): false {
    options.onFailure()
    log.warn('certificate rotation failed', { error })
    return false
  }

  async function trust(authorities: readonly string[]): Promise<true> {
    const absent = (await cluster.trust(authorities)).join(', ')
    if (absent !== missing && absent !== '') log.warn('webhook configurations missing', { names: absent })
    missing = absent
    return true
  }

  /** Resolves to whether there is more to do at once. */
  async function tick(): Promise<boolean> {
    const found = await cluster.readSecret()
    serve(found)
    if (!(await election.campaign())) return false
    const stored = found?.stored
    const trusted = stored !== undefined && (await trust(stored.authorities).catch(fail))
    const { hosts, periods = defaultPeriods } = options
    const nowMs = options.wallMs()
    const step = decideRotation({ nowMs, stored, hosts, trusted, periods })
    if (step.kind === 'keep') return false
    const next = await nextCertificates(step, { stored, hosts, nowMs, periods })
    // Some time has passed since the campaign.
    if (!election.isLeading()) return false
    const written = await cluster.writeSecret(next, found?.version)
    if (written) log.info('certificates renewed', { step: step.kind, ...('why' in step && { why: step.why }) })
    return written
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const more = await within(clock, answerMs, tick()).catch(fail)
      if (!more) await pause(clock, tickMs, stop.signal)
    }
    await within(clock, answerMs, election.resign()).catch((error: unknown) =>
      log.warn('lease not given up', { error }),
    )
  }

  const running = run()
  return {
    isLeading: () => election.isLeading(),
    async stop() {
      stop.abort(new Error('stopped'))
      await running
    },
  }
}

/** The library's requests have no deadline. What is late may still end: its writes are refused by their versions. */
function within<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new WarmpathError('ROTATION_LATE', `Cannot rotate: no answer within ${limitMs} ms`))
    const cancel = clock.setTimer(limitMs, late)
    work.then(resolve, reject).finally(cancel)
  })
}

type ElectionOptions = Pick<RotatorOptions, 'cluster' | 'identity' | 'clock' | 'log'> & { readonly leaseMs: number }

function createElection({ cluster, identity, clock, log, leaseMs }: ElectionOptions) {
  let seen: { readonly version: string | undefined; readonly atMs: number } | undefined
  let renewedMs: number | undefined
  const leading = (): boolean => isLeading({ nowMs: clock.now(), renewedMs, leaseMs })

  function note(record: LeaseRecord | undefined): number {
    if (seen === undefined || seen.version !== record?.version) seen = { version: record?.version, atMs: clock.now() }
    return seen.atMs
  }

  return {
    isLeading: leading,
    /** Takes or renews the Lease where it can; resolves to whether we lead. */
    async campaign(): Promise<boolean> {
      const record = await cluster.readLease()
      const seenMs = note(record)
      const nowMs = clock.now()
      const step = decideLease({ nowMs, identity, record, seenMs, leaseMs })
      if (step.kind === 'wait') {
        renewedMs = undefined
        return false
      }
      const was = leading()
      const version = record?.version
      if (!(await cluster.writeLease(identity, { version, leaseMs }))) return leading()
      renewedMs = nowMs
      if (!was) log.info('leading the certificate rotation', { identity })
      return leading()
    },
    async resign(): Promise<void> {
      if (!leading()) return
      renewedMs = undefined
      const record = await cluster.readLease()
      if (record?.holder === identity) await cluster.writeLease('', { version: record.version, leaseMs })
    },
  }
}
