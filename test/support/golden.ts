import { rmSync, writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { answerTo, caseNames, caseObject, casePath, caseSettings } from './admission-cases.ts'

// Writes what the webhook answers today into test/fixtures/admission; the difference is for review.
for (const name of caseNames()) {
  const { object, patch, warnings } = answerTo(caseObject(name, 'pod.yaml'), caseSettings(name))
  writeFileSync(casePath(name, 'expected.yaml'), stringify(object, { lineWidth: 0 }))
  writeFileSync(casePath(name, 'patch.json'), `[\n${patch.map((one) => `  ${JSON.stringify(one)}`).join(',\n')}\n]\n`)
  const path = casePath(name, 'warnings.txt')
  if (warnings.length === 0) rmSync(path, { force: true })
  else writeFileSync(path, `${warnings.join('\n')}\n`)
}
