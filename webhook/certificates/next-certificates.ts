import { issueAuthority, issueServer, readCertificate } from './issue.ts'
import type { Periods, Rotation, StoredCertificates } from './rotation.ts'

interface Context {
  readonly stored: StoredCertificates | undefined
  readonly hosts: readonly string[]
  readonly nowMs: number
  readonly periods: Periods
}

/** What is stored after a step that was decided for `stored`. */
export async function nextCertificates(
  step: Exclude<Rotation, { kind: 'keep' }>,
  context: Context,
): Promise<StoredCertificates> {
  const { stored } = context
  if (stored === undefined || step.kind === 'renew-all') {
    const authority = await newAuthority(context)
    const server = await newServer(authority, context)
    return { authorities: [authority.certificate], authorityKey: authority.key, ...server }
  }
  switch (step.kind) {
    case 'add-authority': {
      const authority = await newAuthority(context)
      return {
        ...stored,
        authorities: [...stored.authorities.filter((one) => !isOver(one, context.nowMs)), authority.certificate],
        authorityKey: authority.key,
      }
    }
    case 'renew-certificate': {
      const certificate = stored.authorities.at(-1) ?? ''
      return { ...stored, ...(await newServer({ certificate, key: stored.authorityKey }, context)) }
    }
    case 'drop-authority':
      return { ...stored, authorities: stored.authorities.slice(1) }
  }
}

function newAuthority({ nowMs, periods }: Context) {
  return issueAuthority(`warmpath-webhook-ca ${new Date(nowMs).toISOString()}`, {
    notBefore: new Date(nowMs - periods.backdateMs),
    notAfter: new Date(nowMs + periods.authorityMs),
  })
}

/** No certificate outlives its authority: a client would refuse it from then on. */
function newServer(authority: { readonly certificate: string; readonly key: string }, context: Context) {
  const { hosts, nowMs, periods } = context
  const endsMs = readCertificate(authority.certificate)?.notAfterMs ?? Infinity
  return issueServer(authority, hosts, {
    notBefore: new Date(nowMs - periods.backdateMs),
    notAfter: new Date(Math.min(nowMs + periods.certificateMs, endsMs)),
  })
}

const isOver = (authority: string, nowMs: number): boolean => (readCertificate(authority)?.notAfterMs ?? 0) <= nowMs
