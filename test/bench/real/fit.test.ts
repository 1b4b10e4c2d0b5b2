import t from 'tap'
import {
  addWork,
  answerWork,
  decodeWork,
  fitError,
  fitStepCosts,
  fittedProfile,
  prefillWork,
  runMs,
  stepMsOf,
} from './fit.ts'

const costs = {
  requestMs: 6,
  stepMs: 8,
  prefillTokenMs: 0.25,
  prefillKvTokenMs: 4e-5,
  decodeMs: 0.4,
  kvTokenMs: 1e-3,
}
const names = ['requestMs', 'stepMs', 'prefillTokenMs', 'prefillKvTokenMs', 'decodeMs', 'kvTokenMs'] as const
const works = [
  ...[prefillWork(2000, 0), prefillWork(336, 0), prefillWork(336, 1664), prefillWork(16, 64)].map((work) => ({
    steps: 1,
    work,
    withRequest: true,
  })),
  ...[decodeWork(1, 100), decodeWork(1, 2000), decodeWork(8, 100), decodeWork(12, 2000)].map((work) => ({
    steps: 1,
    work,
    withRequest: false,
  })),
  { steps: 40, work: addWork([prefillWork(500, 0), answerWork(500, 40)]), withRequest: true },
]
const samples = works.map((one) => ({
  ...one,
  ms: stepMsOf(costs, one.work) + (one.steps - 1) * costs.stepMs + (one.withRequest ? costs.requestMs : 0),
}))

t.test('the costs behind a set of samples are found, those of a request apart from those of a step', async (t) => {
  const found = fitStepCosts(samples)
  for (const name of names) {
    t.ok(Math.abs(found[name] / costs[name] - 1) < 1e-6, `${name} ${found[name]}`)
  }
  t.ok(fitError(found, samples) < 1e-6)
})

t.test('the error of a fit is the mean share by which it is off', async (t) => {
  const late = samples.map((one) => ({ ...one, ms: one.ms / 1.1 }))
  t.ok(Math.abs(fitError(costs, late) - 0.1) < 1e-9)
})

t.test('a fitted profile adds the costs of its step and leaves those of the request out', async (t) => {
  const sizes = { blockTokens: 32, kvBlocks: 100, maxRunning: 4, stepTokens: 2048, maxModelLen: 4096 }
  const profile = fittedProfile(costs, sizes, 'm')
  t.match(profile, { ...sizes, model: 'm' })
  const work = { prefillTokens: 100, prefillKvTokens: 10_000, decodes: 2, kvTokens: 3000 }
  t.ok(Math.abs(profile.stepMs(work) - (8 + 25 + 0.4 + 0.8 + 3)) < 1e-9)
})

t.test('each prompt token attends to what was cached and to the computed ones up to itself', async (t) => {
  t.equal(prefillWork(3, 10).prefillKvTokens, 11 + 12 + 13)
  t.equal(decodeWork(3, 10).kvTokens, 30)
})

t.test('an answer is decoded from its second token on, and each token attends to itself too', async (t) => {
  t.same(answerWork(10, 4), { prefillTokens: 0, prefillKvTokens: 0, decodes: 3, kvTokens: 11 + 12 + 13 })
})

t.test('a run costs its steps, the prompt tokens that were not cached, and its answers', async (t) => {
  const requests = [{ promptTokens: 100, cachedTokens: 64, outputTokens: 3 }]
  const expected = 5 * 8 + 0.25 * 36 + 4e-5 * (36 * 64 + 18 * 37) + 0.4 * 2 + 1e-3 * (101 + 102)
  t.ok(Math.abs(runMs(costs, requests, 5) - expected) < 1e-9)
})
