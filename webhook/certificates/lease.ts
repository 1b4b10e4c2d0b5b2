/** `spec` of a Lease (k8s.io/api v0.36 coordination/v1), as far as it matters. */
export interface LeaseRecord {
  /** Empty = given up by its last holder. */
  readonly holder: string
  /** Equal versions mean that nobody has renewed it in between. */
  readonly version: string
}

export interface LeaseView {
  readonly nowMs: number
  readonly identity: string
  /** `undefined` = there is no Lease yet. */
  readonly record: LeaseRecord | undefined
  /** When this version of the record was first seen here. */
  readonly seenMs: number
  readonly leaseMs: number
}

export type LeaseStep = { readonly kind: 'take' | 'renew' } | { readonly kind: 'wait' }

/**
 * What to do about a Lease, as client-go does (v0.34 tools/leaderelection): times in the record are the clocks of others
 * and are not read; a holder counts as gone when its record has not changed for a whole lease by our own clock. The write
 * must be refused if the record has another version by then.
 */
export function decideLease({ nowMs, identity, record, seenMs, leaseMs }: LeaseView): LeaseStep {
  if (record === undefined || record.holder === '') return { kind: 'take' }
  if (record.holder === identity) return { kind: 'renew' }
  return nowMs - seenMs >= leaseMs ? { kind: 'take' } : { kind: 'wait' }
}

/**
 * Whether the holder may still act: until a fifth before the end of the lease, counted from before the write was sent,
 * since others count from after.
 */
export function isLeading(options: {
  readonly nowMs: number
  readonly renewedMs: number | undefined
  readonly leaseMs: number
}): boolean {
  const { nowMs, renewedMs, leaseMs } = options
  return renewedMs !== undefined && nowMs - renewedMs < leaseMs * 0.8
}
