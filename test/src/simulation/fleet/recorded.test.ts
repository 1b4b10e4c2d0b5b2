import { readFileSync } from 'node:fs'
import t from 'tap'
import { answerShape, literalWords, recordAnswer, refusalWords, tokenCounts } from '../../../support/answer-shape.ts'
import { metricDifferences, metricsPage, readMetrics } from '../../../support/metrics-page.ts'
import { repositoryPath } from '../../../support/repository.ts'
import { startFleet, tinyEngine } from '../../../support/simulated-fleet.ts'
import { type ExchangeGroup, recordedExchanges } from '../../../support/vllm-recording.ts'

// The simulation against a recording of vLLM 0.32.0; test/e2e/vllm/agreement.test.ts holds it against a running one.

/** The sizes of the recorded server; vLLM keeps one of its 128 blocks for itself. */
const engine = { ...tinyEngine, blockTokens: 32, kvBlocks: 127, maxModelLen: 2048, maxRunning: 8 }
const recorded = recordedExchanges()
const groups: readonly (readonly [ExchangeGroup, readonly string[]])[] = [
  ['completions', [...literalWords, ...tokenCounts]],
  ['chats', literalWords],
  ['facts', literalWords],
  ['refusals', refusalWords],
  ['toolChats', literalWords],
  ['toolRefusals', refusalWords],
]

for (const [group, literal] of groups) {
  t.test(`${group} are answered as vLLM answered them`, async (t) => {
    const { url } = await startFleet(t, { engine })
    for (const { request, answer } of recorded[group]) {
      const { path, method = request.body === undefined ? 'GET' : 'POST', body, contentType } = request
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const headers = { 'content-type': contentType ?? 'application/json' }
      const response = await fetch(url + path, text === undefined ? { method } : { method, headers, body: text })
      t.strictSame(answerShape(await recordAnswer(response), literal), answerShape(answer, literal), request.name)
    }
  })
}

t.test('every metric is one of vLLM, with its type, labels and buckets', async (t) => {
  const { url } = await startFleet(t, { engine })
  const page = metricsPage(readFileSync(repositoryPath('test/fixtures/vllm/0.32.0/metrics.txt'), 'utf8'))
  t.strictSame(metricDifferences(page, await readMetrics(url)), [])
})
