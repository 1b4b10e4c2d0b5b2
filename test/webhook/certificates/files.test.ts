import { renameSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { realClock } from '../../../src/clock.ts'
import type { KeyPair } from '../../../src/net/http-server.ts'
import { followCertificateFiles } from '../../../webhook/certificates/files.ts'
import { createServedCertificate } from '../../../webhook/certificates/served-certificate.ts'
import { newIdentity } from '../../support/webhook-harness.ts'
import { recordLog } from '../../support/recorded-log.ts'

/** As the kubelet mounts a Secret: links to files behind `..data`, which is swapped at once. */
function mountSecret(t: Test, pair: KeyPair) {
  const folder = t.testdir({})
  let version = 0
  const swap = ({ certificate, key }: KeyPair) => {
    const name = `..version-${version++}`
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'tls.crt'), certificate)
    writeFileSync(join(folder, name, 'tls.key'), key)
    symlinkSync(name, join(folder, '..data_tmp'))
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  }
  swap(pair)
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(folder, name))
  return { certificatePath: join(folder, 'tls.crt'), keyPath: join(folder, 'tls.key'), swap }
}

t.test('a swapped Secret is taken up as a pair', async (t) => {
  const [first, second] = await Promise.all([newIdentity(), newIdentity()])
  const { swap, ...paths } = mountSecret(t, first)
  const served = createServedCertificate(Date.now)
  const seen: KeyPair[] = []
  const came = Promise.withResolvers<void>()
  const recorded = recordLog()
  const files = await followCertificateFiles({
    ...paths,
    clock: realClock,
    log: recorded.log,
    onPair(pair) {
      served.offer(pair)
      seen.push(pair)
      if (seen.length === 2) came.resolve()
    },
  })
  t.teardown(() => files.stop())
  swap(second)
  await came.promise
  t.same(seen, [
    { certificate: first.certificate, key: first.key },
    { certificate: second.certificate, key: second.key },
  ])
})

t.test('a pair that does not fit is told and the last one stays', async (t) => {
  const [first, second] = await Promise.all([newIdentity(), newIdentity()])
  const { swap, ...paths } = mountSecret(t, first)
  const served = createServedCertificate(Date.now)
  const recorded = recordLog()
  const files = await followCertificateFiles({
    ...paths,
    clock: realClock,
    log: recorded.log,
    onPair: (pair) => served.offer(pair),
  })
  t.teardown(() => files.stop())
  swap({ certificate: second.certificate, key: first.key })
  t.match(await recorded.line('certificate files not usable, the last ones stay'), { level: 'warn' })
  t.same(served.problems(), [])
})

t.test('files that are missing or unusable at first are an error', async (t) => {
  const folder = t.testdir({ 'tls.crt': 'nonsense', 'tls.key': 'nonsense' })
  const served = createServedCertificate(Date.now)
  const follow = (certificatePath: string) =>
    followCertificateFiles({
      ...{ certificatePath, keyPath: join(folder, 'tls.key'), clock: realClock, log: recordLog().log },
      onPair: (pair) => served.offer(pair),
    })
  await t.rejects(follow(join(folder, 'none.crt')), { code: 'CERTIFICATE_UNREADABLE' })
  await t.rejects(follow(join(folder, 'tls.crt')), { code: 'CERTIFICATE_INVALID' })
})
