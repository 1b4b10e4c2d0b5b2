import type { KeyPair } from '../../src/net/http-server.ts'
import { issueAuthority, issueServer } from './issue.ts'

export interface SelfSigned extends KeyPair {
  /** Whom clients have to trust, PEM. Its key is forgotten. */
  readonly authority: string
}

/** A certificate for this run alone, valid for a year. */
export async function selfSigned(hosts: readonly string[], nowMs: number): Promise<SelfSigned> {
  const validity = { notBefore: new Date(nowMs - 5 * 60_000), notAfter: new Date(nowMs + 365 * 24 * 3600 * 1000) }
  const authority = await issueAuthority('warmpath-webhook-self-signed', validity)
  const server = await issueServer(authority, hosts, validity)
  return {
    authority: authority.certificate,
    certificate: `${server.certificate}${authority.certificate}`,
    key: server.key,
  }
}
