import { WarmpathError } from '../../src/errors.ts'
import type { KeyPair } from '../../src/net/http-server.ts'
import { type CertificateFacts, isPair, readCertificate } from './issue.ts'

/** The certificate in use: what a server starts with, and what readiness and metrics are told. */
export interface ServedCertificate {
  /** Takes the pair, and hands it to the server once there is one. Throws CERTIFICATE_INVALID and keeps the last one. */
  offer(pair: KeyPair): void
  /** Resolves to the first pair. */
  readonly first: Promise<KeyPair>
  /** Gives the server every pair after the first one. */
  onNext(use: (pair: KeyPair) => void): void
  /** Why it cannot serve now; empty = it can. */
  problems(): readonly string[]
  /** Until the end of the certificate, negative after it; unknown without one. */
  secondsLeft(): number | undefined
}

export function createServedCertificate(wallMs: () => number): ServedCertificate {
  const first = Promise.withResolvers<KeyPair>()
  let facts: CertificateFacts | undefined
  let latest: KeyPair | undefined
  let use: ((pair: KeyPair) => void) | undefined
  return {
    offer(pair) {
      const found = readCertificate(pair.certificate)
      if (found === undefined || !isPair(pair))
        throw new WarmpathError('CERTIFICATE_INVALID', 'Cannot use the certificate: it is not PEM, or not of this key')
      use?.(pair)
      facts = found
      latest = pair
      first.resolve(pair)
    },
    first: first.promise,
    onNext(given) {
      use = given
      // One may have come between the first one and now.
      if (latest !== undefined) given(latest)
    },
    problems() {
      if (facts === undefined) return ['no certificate yet']
      if (wallMs() < facts.notBeforeMs) return ['the certificate is not valid yet']
      return wallMs() < facts.notAfterMs ? [] : ['the certificate has expired']
    },
    secondsLeft: () => (facts === undefined ? undefined : (facts.notAfterMs - wallMs()) / 1000),
  }
}
