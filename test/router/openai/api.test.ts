import t from 'tap'
import { apiOf } from '../../../router/openai/api.ts'

const cases: readonly (readonly [string, string, string | undefined])[] = [
  ['POST', '/v1/chat/completions', 'generate'],
  ['POST', '/v1/completions', 'generate'],
  ['POST', '/v1/responses', 'generate'],
  ['POST', '/v1/messages', 'generate'],
  ['POST', '/inference/v1/generate', 'generate'],
  ['POST', '/v1/embeddings', 'pool'],
  ['POST', '/rerank', 'pool'],
  ['POST', '/score', 'pool'],
  ['POST', '/tokenize', 'plain'],
  ['POST', '/detokenize', 'plain'],
  ['POST', '/v1/audio/transcriptions', 'plain'],
  ['GET', '/v1/responses/resp_1', 'plain'],
  ['GET', '/v1/chat/completions', 'plain'],
  ['GET', '/metrics', undefined],
  ['POST', '/sleep', undefined],
  ['GET', '/', undefined],
  ['GET', '/v1', undefined],
  ['POST', '/v1/../sleep', undefined],
  ['POST', '/v1/%2e%2e/sleep', undefined],
  ['POST', '/v1/..\\sleep', undefined],
]

for (const [method, path, kind] of cases) {
  t.test(`${method} ${path} is ${kind ?? 'not passed on'}`, (t) => {
    t.equal(apiOf(method, path)?.kind, kind)
    t.end()
  })
}
