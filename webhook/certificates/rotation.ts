import { readCertificate } from './issue.ts'

/** All that the pods share, kept in one Secret. PEM. */
export interface StoredCertificates {
  /** Whom the API server should trust, oldest first. The last one signs. */
  readonly authorities: readonly string[]
  /** Of the last authority. */
  readonly authorityKey: string
  readonly certificate: string
  readonly key: string
}

export type Rotation =
  | { readonly kind: 'keep' }
  /** Nothing that can be kept: a new authority and a new certificate at once. */
  | { readonly kind: 'renew-all'; readonly why: string }
  /** A second authority, which signs nothing yet: first the API server has to know it. */
  | { readonly kind: 'add-authority' }
  | { readonly kind: 'renew-certificate'; readonly why: string }
  /** What the first authority signed is gone. */
  | { readonly kind: 'drop-authority' }

export interface RotationInput {
  readonly nowMs: number
  readonly stored: StoredCertificates | undefined
  readonly hosts: readonly string[]
  /** Whether every configuration of the API server holds all authorities of `stored`. */
  readonly trusted: boolean
  readonly periods?: Periods
}

export interface Periods {
  readonly authorityMs: number
  readonly authorityRenewMs: number
  readonly certificateMs: number
  readonly certificateRenewMs: number
  /** From the configurations having an authority to every API server and pod having noticed. */
  readonly settleMs: number
  /** Certificates begin in the past by this much, for clocks that are late. */
  readonly backdateMs: number
}

const dayMs = 24 * 3600 * 1000

/**
 * A certificate is renewed with two thirds of its life gone, as cert-manager does. An authority is renewed before it can
 * outlast no certificate any more.
 */
export const defaultPeriods: Periods = {
  authorityMs: 365 * dayMs,
  authorityRenewMs: 120 * dayMs,
  certificateMs: 90 * dayMs,
  certificateRenewMs: 30 * dayMs,
  settleMs: 10 * 60_000,
  backdateMs: 5 * 60_000,
}

/**
 * The next step, one at a time. A certificate is signed by a newer authority only `settleMs` after that was made and once
 * the API server has it; without that only when the one in use is about to end, and then any other is no worse.
 */
export function decideRotation({ nowMs, stored, hosts, trusted, periods = defaultPeriods }: RotationInput): Rotation {
  if (stored === undefined) return { kind: 'renew-all', why: 'there is none' }
  const certificate = readCertificate(stored.certificate)
  const newestPem = stored.authorities.at(-1)
  const newest = newestPem === undefined ? undefined : readCertificate(newestPem)
  if (certificate === undefined || newest === undefined || newestPem === undefined)
    return { kind: 'renew-all', why: 'the stored one cannot be read' }
  if (newest.notAfterMs <= nowMs) return { kind: 'renew-all', why: 'the authority has expired' }
  if (!stored.authorities.some((authority) => certificate.isIssuedBy(authority)))
    return { kind: 'renew-all', why: 'no authority signed it' }

  const leftMs = certificate.notAfterMs - nowMs
  const createdMs = newest.notBeforeMs + periods.backdateMs
  const settled = trusted && nowMs >= createdMs + periods.settleMs
  const byNewest = certificate.isIssuedBy(newestPem)
  if (byNewest && newest.notAfterMs - nowMs < periods.authorityRenewMs) return { kind: 'add-authority' }
  const why = whyRenew({ byNewest, hosts, names: certificate.hosts, ending: leftMs < periods.certificateRenewMs })
  if (why !== undefined && (byNewest || settled || leftMs < 2 * periods.settleMs))
    return { kind: 'renew-certificate', why }
  // The key of the one before is gone since the newest was made, so this is the end of the last it can have signed.
  const othersGoneMs = createdMs + periods.certificateMs
  if (byNewest && stored.authorities.length > 1 && nowMs >= othersGoneMs) return { kind: 'drop-authority' }
  return { kind: 'keep' }
}

interface Reasons {
  readonly byNewest: boolean
  readonly hosts: readonly string[]
  readonly names: readonly string[]
  readonly ending: boolean
}

function whyRenew({ byNewest, hosts, names, ending }: Reasons): string | undefined {
  const missing = hosts.find((host) => !names.includes(host))
  if (missing !== undefined) return `it does not name ${missing}`
  if (ending) return 'it ends soon'
  return byNewest ? undefined : 'a newer authority is known'
}
