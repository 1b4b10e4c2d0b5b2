import t from 'tap'
import { parseOrigin } from '../../../src/endpoints/origin.ts'

for (const [raw, origin] of [
  ['http://10.0.3.7:8000', 'http://10.0.3.7:8000'],
  ['http://10.0.3.7:8000/', 'http://10.0.3.7:8000'],
  ['HTTP://Pod-7.Example:80', 'http://pod-7.example'],
  ['https://vllm.example:443', 'https://vllm.example'],
  ['http://[fd00::7]:8000', 'http://[fd00::7]:8000'],
] as const) {
  t.test(`parseOrigin() takes ${raw} as ${origin}`, (t) => {
    t.strictSame(parseOrigin(raw), { ok: true, value: origin })
    t.end()
  })
}

for (const raw of [
  '',
  'pod-7:8000',
  '10.0.3.7',
  'ftp://h',
  'tcp://h:5557',
  'http://',
  'http://h:0',
  'http://h:99999',
  'http://h/v1',
  'http://h/?a',
  'http://h/#a',
  'http://user:secret@h',
  7,
  null,
  undefined,
  ['http://h'],
]) {
  t.test(`parseOrigin() refuses ${JSON.stringify(raw)}`, (t) => {
    t.match(parseOrigin(raw), { ok: false, expected: /^an http or https address without path/ })
    t.end()
  })
}
