import fc from 'fast-check'
import t from 'tap'
import type { ModelShape } from '../../../src/eks/model-shape.ts'
import { findModel, kvBytesPerSequence, kvBytesPerToken, modelShapes, weightBytes } from '../../../src/eks/models.ts'

/** The only row of an id. */
function shape(id: string): ModelShape {
  const [found, ...others] = modelShapes.filter((row) => row.id === id)
  if (found === undefined || others.length > 0) throw new Error(`${1 + others.length} rows of ${id}, expected 1`)
  return found
}

const gib = (bytes: number | undefined) => (bytes === undefined ? undefined : Math.round((bytes / 2 ** 30) * 10) / 10)

for (const [id, row, quantization] of [
  ['Qwen/Qwen3-32B', 'Qwen/Qwen3-32B', 'none'],
  ['qwen3-32b', 'Qwen/Qwen3-32B', 'none'],
  ['/models/Qwen3-32B', 'Qwen/Qwen3-32B', 'none'],
  ['Qwen/Qwen3-32B-FP8', 'Qwen/Qwen3-32B', 'fp8'],
  ['Qwen/Qwen3-32B-AWQ', 'Qwen/Qwen3-32B', 'int4'],
  ['Qwen/Qwen3-235B-A22B-Instruct-2507-FP8', 'Qwen/Qwen3-235B-A22B-Instruct-2507', 'fp8'],
  ['nvidia/Qwen3-235B-A22B-NVFP4', 'Qwen/Qwen3-235B-A22B', 'nvfp4'],
  ['Qwen/Qwen2.5-Coder-7B-Instruct-GPTQ-Int8', 'Qwen/Qwen2.5-7B-Instruct', 'int8'],
  ['meta-llama/Meta-Llama-3.1-70B-Instruct', 'meta-llama/Llama-3.3-70B-Instruct', 'none'],
  ['RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic', 'meta-llama/Llama-3.3-70B-Instruct', 'fp8'],
  ['RedHatAI/Llama-3.3-70B-Instruct-quantized.w4a16', 'meta-llama/Llama-3.3-70B-Instruct', 'int4'],
  ['openai/gpt-oss-120b', 'openai/gpt-oss-120b', 'mxfp4'],
  ['deepseek-ai/DeepSeek-R1-0528', 'deepseek-ai/DeepSeek-V3', 'fp8'],
  ['microsoft/phi-4', 'microsoft/phi-4', 'none'],
] as const) {
  t.test(`findModel() knows ${id} as ${row}, quantised: ${quantization}`, async (t) => {
    const found = findModel(id)
    t.equal(found?.shape.id, row)
    t.equal(found?.quantization, quantization)
  })
}

for (const id of [
  '',
  'gpt2',
  'Qwen/Qwen3-32B-GGUF',
  'Qwen/Qwen3-32B-mine',
  'Qwen/Qwen3-32B/',
  'deepseek-ai/DeepSeek-V3.2',
  'deepseek-ai/DeepSeek-R1-Distill-Qwen-32B',
  'Qwen/Qwen3.5-27B',
]) {
  t.test(`findModel() does not guess at "${id}"`, async (t) => {
    t.equal(findModel(id), undefined)
  })
}

for (const [id, options, size] of [
  ['Qwen/Qwen3-32B', {}, 61],
  ['Qwen/Qwen3-32B', { quantization: 'fp8' }, 32],
  ['Qwen/Qwen3-32B', { quantization: 'int4' }, 18],
  ['Qwen/Qwen3-32B', { dtype: 'float32' }, 122],
  ['meta-llama/Llama-3.3-70B-Instruct', {}, 131.4],
  ['meta-llama/Llama-3.1-405B-Instruct', {}, 756],
  ['openai/gpt-oss-20b', {}, 12.8],
  ['openai/gpt-oss-120b', {}, 60.7],
  ['deepseek-ai/DeepSeek-V3', {}, 626.8],
  ['deepseek-ai/DeepSeek-V3', { quantization: 'none' }, 1249.9],
] as const) {
  t.test(`weightBytes() puts ${id} with ${JSON.stringify(options)} at ${size} GiB`, async (t) => {
    t.equal(gib(weightBytes(shape(id), options)), size)
  })
}

for (const [id, options, size] of [
  ['Qwen/Qwen3-32B', {}, 2 * 64 * 8 * 128 * 2],
  ['Qwen/Qwen3-32B', { kvCacheDtype: 'fp8' }, 2 * 64 * 8 * 128],
  ['Qwen/Qwen3-32B', { kvCacheDtype: 'bfloat16', dtype: 'float32' }, 2 * 64 * 8 * 128 * 2],
  ['Qwen/Qwen3-32B', { tensorParallelSize: 8 }, 2 * 64 * 8 * 128 * 2],
  ['Qwen/Qwen3-235B-A22B', { tensorParallelSize: 8 }, 2 * 94 * 8 * 128 * 2],
  ['deepseek-ai/DeepSeek-V3', {}, 61 * 576 * 2],
  ['deepseek-ai/DeepSeek-V3', { tensorParallelSize: 8 }, 8 * 61 * 576 * 2],
  ['openai/gpt-oss-120b', {}, 2 * 36 * 8 * 64 * 2],
  ['Qwen/Qwen3-32B', { kvCacheDtype: 'nvfp4' }, undefined],
] as const) {
  t.test(`kvBytesPerToken() of ${id} with ${JSON.stringify(options)} is ${size ?? 'unknown'}`, async (t) => {
    t.equal(kvBytesPerToken(shape(id), options), size)
  })
}

for (const [id, options, size] of [
  ['Qwen/Qwen3-32B', { tokens: 40_960 }, 10],
  ['meta-llama/Llama-3.3-70B-Instruct', { tokens: 131_072 }, 40],
  ['openai/gpt-oss-120b', { tokens: 131_072, batchedTokens: 8192 }, 4.8],
  ['openai/gpt-oss-120b', { tokens: 131_072, batchedTokens: 131_072 }, 9],
  ['google/gemma-3-27b-it', { tokens: 131_072, batchedTokens: 8192 }, 13.7],
  ['Qwen/Qwen3-32B', { tokens: 40_960, kvCacheDtype: 'turboquant_k8v4' }, undefined],
] as const) {
  t.test(`kvBytesPerSequence() of ${id} with ${JSON.stringify(options)} is ${size ?? 'unknown'} GiB`, async (t) => {
    t.equal(gib(kvBytesPerSequence(shape(id), options)), size)
  })
}

t.test('every model names its source and day, and is found by its id', async (t) => {
  for (const row of modelShapes) {
    t.ok(row.source.length > 10 && /^2026-\d\d-\d\d$/.test(row.date), row.id)
    t.equal(findModel(row.id)?.shape, row)
  }
  t.equal(new Set(modelShapes.map(({ id }) => id)).size, modelShapes.length)
})

t.test('every model has about the parameters that its name says', async (t) => {
  for (const { id, parameters } of modelShapes) {
    const [, count] = /-([0-9.]+)b(?![a-z])/i.exec(id) ?? []
    const mixture = /x[0-9]+B|17B-|phi|gemma-3-4b/i.test(id)
    if (count !== undefined && !mixture)
      t.ok(Math.abs(parameters / 1e9 / Number(count) - 1) < 0.25, `${id} ${parameters}`)
  }
})

t.test('every model has figures in proportion', async (t) => {
  for (const { id, parameters, unquantizedParameters, attention, layers, maxPositions } of modelShapes) {
    t.ok(unquantizedParameters > 0 && unquantizedParameters < parameters / 2, id)
    t.ok(maxPositions >= 16_384 && maxPositions % 1024 === 0, id)
    t.ok(attention.kind === 'latent' || (attention.window?.layers ?? 0) < layers, id)
  }
})

t.test('kvBytesPerSequence() is at most what the tokens take alone, and no less for more tokens', async () => {
  const sizes = fc.record({
    tokens: fc.integer({ min: 1, max: 2 ** 20 }),
    batchedTokens: fc.integer({ min: 1, max: 2 ** 18 }),
  })
  fc.assert(
    fc.property(fc.constantFrom(...modelShapes), sizes, (row, { tokens, batchedTokens }) => {
      const bytes = kvBytesPerSequence(row, { tokens, batchedTokens }) ?? -1
      const more = kvBytesPerSequence(row, { tokens: tokens + 1, batchedTokens }) ?? -1
      return bytes > 0 && bytes <= tokens * (kvBytesPerToken(row) ?? 0) && more >= bytes
    }),
  )
})
