import fc from 'fast-check'
import t from 'tap'
import { readCertificate } from '../../../webhook/certificates/issue.ts'
import { nextCertificates } from '../../../webhook/certificates/next-certificates.ts'
import { decideRotation, defaultPeriods, type StoredCertificates } from '../../../webhook/certificates/rotation.ts'

const hosts = ['warmpath-webhook.warmpath.svc']
const startMs = Date.UTC(2026, 0, 1)
const dayMs = 24 * 3600 * 1000
const periods = defaultPeriods

/** Steps until there is nothing to do; `trusted` is what the API server has been told. */
async function settle(stored: StoredCertificates | undefined, nowMs: number, trusted = true) {
  const kinds: string[] = []
  let current = stored
  for (;;) {
    const step = decideRotation({ nowMs, stored: current, hosts, trusted, periods })
    if (step.kind === 'keep') return { kinds, stored: current }
    kinds.push(step.kind)
    current = await nextCertificates(step, { stored: current, hosts, nowMs, periods })
    if (kinds.length > 5) return { kinds, stored: current }
  }
}

async function first(): Promise<StoredCertificates> {
  const { stored } = await settle(undefined, startMs)
  if (stored === undefined) throw new TypeError('nothing stored')
  return stored
}

t.test('at first an authority and a certificate for every host are made', async (t) => {
  const { kinds, stored } = await settle(undefined, startMs)
  t.same(kinds, ['renew-all'])
  const certificate = readCertificate(stored?.certificate ?? '')
  t.same(certificate?.hosts, hosts)
  t.ok(certificate?.isIssuedBy(stored?.authorities[0] ?? ''))
})

t.test('nothing is done until a third of the life of the certificate is left', async (t) => {
  const stored = await first()
  t.same((await settle(stored, startMs + 59 * dayMs)).kinds, [])
  t.same((await settle(stored, startMs + 61 * dayMs)).kinds, ['renew-certificate'])
})

t.test('a certificate that lacks a host is renewed at once', async (t) => {
  const stored = await first()
  const step = decideRotation({ nowMs: startMs, stored, hosts: [...hosts, 'other.svc'], trusted: true })
  t.match(step, { kind: 'renew-certificate', why: /other\.svc/ })
})

t.test('what cannot be read, has expired or does not belong together is made anew', async (t) => {
  const stored = await first()
  const other = await first()
  const broken = [
    { ...stored, certificate: 'nonsense' },
    { ...stored, authorities: [] },
    { ...stored, authorities: other.authorities },
  ]
  for (const one of broken)
    t.match(decideRotation({ nowMs: startMs, stored: one, hosts, trusted: true }), { kind: 'renew-all' })
  t.match(decideRotation({ nowMs: startMs + 366 * dayMs, stored, hosts, trusted: true }), { kind: 'renew-all' })
})

t.test('a new authority signs only after the API server has known it for a while', async (t) => {
  const old = await first()
  const nowMs = startMs + 250 * dayMs
  const young = await nextCertificates(
    { kind: 'renew-certificate', why: 'test' },
    { stored: old, hosts, nowMs: startMs + 240 * dayMs, periods },
  )
  const pending = await settle(young, nowMs)
  t.same(pending.kinds, ['add-authority'])
  t.equal(pending.stored?.authorities.length, 2)
  t.equal(pending.stored?.certificate, young.certificate)
  t.same((await settle(pending.stored, nowMs + periods.settleMs - 1)).kinds, [])
  t.same((await settle(pending.stored, nowMs + 2 * periods.settleMs, false)).kinds, [])
  const renewed = await settle(pending.stored, nowMs + 2 * periods.settleMs)
  t.same(renewed.kinds, ['renew-certificate'])
  t.equal(renewed.stored?.authorities.length, 2)
  t.same((await settle(renewed.stored, nowMs + 50 * dayMs)).kinds, [])
  const dropped = await settle(renewed.stored, nowMs + 91 * dayMs)
  t.ok(dropped.kinds.includes('drop-authority'))
  t.equal(dropped.stored?.authorities.length, 1)
})

t.test('through any sequence of waits, what is served is valid and trusted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ days: fc.integer({ min: 0, max: 20 }), told: fc.boolean() }), { maxLength: 60 }),
      async (waits) => {
        let nowMs = startMs
        let { stored } = await settle(undefined, nowMs)
        let trusted = stored?.authorities ?? []
        for (const [index, { days, told }] of waits.entries()) {
          nowMs += days * dayMs + periods.settleMs
          // Pods have by now what was stored before, the API server what it was told.
          const served = readCertificate(stored?.certificate ?? '')
          if (served === undefined || !trusted.some((authority) => served.isIssuedBy(authority))) return false
          if (served.notAfterMs <= nowMs || served.notBeforeMs > nowMs) return false
          // The API server cannot be told for up to 40 days.
          if (told || index % 2 === 0) trusted = stored?.authorities ?? []
          const whole = trusted.join('') === (stored?.authorities ?? []).join('')
          stored = (await settle(stored, nowMs, whole)).stored
        }
        return true
      },
    ),
    { numRuns: 25 },
  )
})
