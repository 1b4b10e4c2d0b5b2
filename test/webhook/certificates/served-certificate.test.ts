import t from 'tap'
import { selfSigned } from '../../../webhook/certificates/self-signed.ts'
import { createServedCertificate } from '../../../webhook/certificates/served-certificate.ts'

const startMs = Date.UTC(2026, 0, 1)
const yearMs = 365 * 24 * 3600 * 1000

t.test('it is ready from the first certificate until that expires', async (t) => {
  let nowMs = startMs
  const served = createServedCertificate(() => nowMs)
  t.same(served.problems(), ['no certificate yet'])
  t.equal(served.secondsLeft(), undefined)
  const pair = await selfSigned(['localhost'], startMs)
  served.offer(pair)
  t.equal(await served.first, pair)
  t.same(served.problems(), [])
  t.equal(served.secondsLeft(), yearMs / 1000)
  nowMs = startMs + yearMs
  t.same(served.problems(), ['the certificate has expired'])
  nowMs = startMs - 3600_000
  t.same(served.problems(), ['the certificate is not valid yet'])
})

t.test('a pair that is none is refused, and the last one stays', async (t) => {
  const served = createServedCertificate(() => startMs)
  const [one, other] = await Promise.all([selfSigned(['a'], startMs), selfSigned(['b'], startMs)])
  served.offer(one)
  const wrong = [
    { certificate: other.certificate, key: one.key },
    { certificate: 'nonsense', key: one.key },
    { certificate: one.certificate, key: 'nonsense' },
  ]
  for (const pair of wrong) t.throws(() => served.offer(pair), { code: 'CERTIFICATE_INVALID' })
  t.same(served.problems(), [])
})

t.test('the server gets what came before it asked, and every later one', async (t) => {
  const served = createServedCertificate(() => startMs)
  const [one, other] = await Promise.all([selfSigned(['a'], startMs), selfSigned(['b'], startMs)])
  const used: unknown[] = []
  served.offer(one)
  served.onNext((pair) => used.push(pair))
  served.offer(other)
  t.same(used, [one, other])
})
