import { auto, gpu, nearMiss, type RuleExamples, sh, unknown, violates } from './example.ts'

const llama70b = 'meta-llama/Llama-3.1-70B-Instruct'
const llama405b = 'meta-llama/Llama-3.1-405B-Instruct'
const llama8b = 'meta-llama/Llama-3.1-8B-Instruct'
const deepseek = 'deepseek-ai/DeepSeek-R1'
const onH100 = auto('gpu-name', 'h100')
/** Of the form of a token, and of nobody. */
export const madeUpToken = `hf_${'aB3dE6gH9k'.repeat(3)}wxyz`
const secretEnv = (name: string, value: string) => ({ container: { env: [{ name, value }] } })

/** Rules on what vLLM is told, and on the rest of its container. */
export const serverExamples: RuleExamples = {
  'model-weights': [
    violates(
      '70B in 16 bits on one H100',
      { model: llama70b, selector: onH100 },
      'Llama-3.1-70B-Instruct: 131 GiB of weights > 80 GiB of 1 GPU (p5.4xlarge)',
    ),
    violates(
      '405B on eight',
      { gpus: 8, model: llama405b, flags: ['-tp', '8'], selector: auto('family', 'p5') },
      'Llama-3.1-405B-Instruct: 756 GiB of weights > 640 GiB of 8 GPUs (p5.48xlarge)',
    ),
    nearMiss('70B on two', { gpus: 8, model: llama70b, flags: ['-tp', '2'], selector: onH100 }),
    nearMiss('in fp8', { model: llama70b, flags: ['--quantization', 'fp8'], selector: onH100 }),
    nearMiss('experts over eight ranks', {
      gpus: 8,
      model: deepseek,
      flags: ['-dp', '8', '-ep'],
      selector: auto('family', 'p5e'),
    }),
    nearMiss('some other GPU is large enough', { model: llama70b }),
    unknown('a directory of the same name', { model: '/models/Llama-3.1-70B-Instruct', selector: onH100 }),
    unknown('the checkpoint of somebody else', { model: 'acme/Llama-3.1-70B-Instruct', selector: onH100 }),
    unknown('a part on the CPU', { model: llama70b, flags: ['--cpu-offload-gb', '80'], selector: onH100 }),
    unknown('another config', {
      model: llama70b,
      flags: ['--hf-overrides', '{"num_hidden_layers":2}'],
      selector: onH100,
    }),
    unknown('a revision', { model: llama70b, flags: ['--revision', 'int4'], selector: onH100 }),
    unknown('a flag of another release', { model: llama70b, flags: ['--swap-weights'], selector: onH100 }),
    unknown('a GPU of later days', { model: llama70b, selector: auto('gpu-name', 'r200') }),
  ],
  'model-memory': [
    violates(
      'weights fit, the default length does not',
      { model: llama8b, selector: auto('gpu-name', 'l4') },
      'Llama-3.1-8B-Instruct: 15 GiB weights + 16 GiB KV of 131072 tokens > 21 GiB of 1 GPU (g6.xlarge)',
    ),
    violates(
      'a directory by its name',
      {
        gpus: 2,
        model: '/models/Llama-3.1-70B-Instruct',
        flags: ['-tp', '2', '--max-model-len', '64k'],
        selector: auto('family', 'p5'),
      },
      'Llama-3.1-70B-Instruct: 131 GiB weights + 20 GiB KV of 64000 tokens > 147 GiB of 2 GPUs (p5.48xlarge)',
    ),
    nearMiss('a shorter length', {
      model: llama8b,
      flags: ['--max-model-len', '8192'],
      selector: auto('gpu-name', 'l4'),
    }),
    nearMiss('a smaller cache', {
      model: llama8b,
      flags: ['--max-model-len', '40000', '--kv-cache-dtype', 'fp8'],
      selector: auto('gpu-name', 'l4'),
    }),
    nearMiss('vLLM fits the length', {
      model: llama8b,
      flags: ['--max-model-len', 'auto'],
      selector: auto('gpu-name', 'l4'),
    }),
    nearMiss('more GPUs', { gpus: 4, model: llama8b, flags: ['-tp', '4'], selector: auto('gpu-name', 'l4') }),
    nearMiss('LongRoPE, which is shorter by default', {
      model: 'microsoft/Phi-4-mini-instruct',
      selector: auto('gpu-name', 't4'),
    }),
    nearMiss('a quantised checkpoint, whose cache may be so too', {
      model: 'acme/Llama-3.1-70B-Instruct-FP8',
      flags: ['--max-model-len', '24K'],
      selector: onH100,
    }),
    nearMiss('most layers see a window only', { model: 'google/gemma-3-4b-it', selector: auto('gpu-name', 't4') }),
    unknown('a model that is not in the table', { selector: auto('gpu-name', 'l4') }),
    unknown('a hidden file', { model: llama8b, flags: ['--config', 'x.yaml'], selector: auto('gpu-name', 'l4') }),
    unknown('a cache of its own size', {
      model: llama8b,
      flags: ['--kv-cache-memory-bytes', '1G'],
      selector: auto('gpu-name', 'l4'),
    }),
    unknown('a cache dtype without a known layout', {
      model: llama8b,
      flags: ['--kv-cache-dtype', 'nvfp4'],
      selector: auto('gpu-name', 'l4'),
    }),
  ],
  'max-model-len': [
    violates(
      'twice the positions',
      { model: 'Qwen/Qwen3-8B', flags: ['--max-model-len', '80K'] },
      '81920 tokens, but Qwen3-8B has 40960 positions',
    ),
    nearMiss('all of them', { model: 'Qwen/Qwen3-8B', flags: ['--max-model-len', '40960'] }),
    nearMiss('longer by YaRN', {
      model: 'Qwen/Qwen3-8B',
      flags: ['--max-model-len', '131072', '--hf-overrides', '{"rope_parameters":{"rope_type":"yarn","factor":4.0}}'],
    }),
    nearMiss('in the words of older releases', {
      model: 'Qwen/Qwen3-8B',
      flags: ['--max-model-len', '131072', '--rope-scaling', '{"rope_type":"yarn","factor":4.0}'],
    }),
    nearMiss('by the variable', {
      model: 'Qwen/Qwen3-8B',
      flags: ['--max-model-len', '131072'],
      container: { env: [{ name: 'VLLM_ALLOW_LONG_MAX_MODEL_LEN', value: '1' }] },
    }),
    unknown('a model that is not in the table', { flags: ['--max-model-len', '10M'] }),
    unknown('a file that may say more', { model: 'Qwen/Qwen3-8B', flags: ['--max-model-len', '80K', '--config', 'x'] }),
    unknown('a length from a variable', { model: 'Qwen/Qwen3-8B', flags: ['--max-model-len', '$(LENGTH)'] }),
  ],
  'command-line': [
    violates(
      'a flag without its value',
      { flags: ['--tensor-parallel-size'] },
      'vLLM 0.32.0 ends: --tensor-parallel-size without a value',
    ),
    violates(
      'words for a number',
      { flags: ['-tp', 'two'] },
      'vLLM 0.32.0 ends: --tensor-parallel-size "two": expected a whole number',
    ),
    violates(
      'a token that lost its flag',
      { flags: ['--port', '1', madeUpToken] },
      'vLLM 0.32.0 ends: "(long word)" belongs to no flag',
    ),
    nearMiss('all is well', { flags: ['-tp', '1'] }),
    unknown('a flag of another release', { flags: ['--enable-telepathy', 'yes'] }),
    unknown('a value from a variable', { flags: ['-tp', '$(TP)'] }),
  ],
  shm: [
    violates(
      'tensor parallel',
      { gpus: 2, flags: ['-tp', '2'] },
      'TP 2 and no volume at /dev/shm of container vllm; it has 64 MiB',
    ),
    violates(
      'pipeline parallel',
      { gpus: 2, flags: ['-pp', '2'] },
      '2 GPUs and no volume at /dev/shm of container vllm; it has 64 MiB',
    ),
    nearMiss('a mount', {
      gpus: 2,
      flags: ['-tp', '2'],
      container: { resources: { limits: gpu(2) }, volumeMounts: [{ name: 'shm', mountPath: '/dev/shm/' }] },
    }),
    nearMiss('one GPU', {}),
    unknown('a size from a variable', { gpus: 2, flags: ['-tp', '$(TP)'] }),
    unknown('no command line', { gpus: 2, container: sh('/start.sh'), labels: { 'warmpath.dev/inject': 'enabled' } }),
  ],
  'startup-budget': [
    violates(
      'a liveness probe alone',
      { container: { livenessProbe: { httpGet: { path: '/health', port: 8000 } } } },
      'container vllm has a livenessProbe and no startupProbe for the time of loading',
    ),
    violates(
      'five minutes',
      { container: { startupProbe: { periodSeconds: 10, failureThreshold: 30 } } },
      'startupProbe of vllm gives 300 s; vLLM itself waits 600 s',
    ),
    violates(
      'the defaults',
      { container: { startupProbe: {} } },
      'startupProbe of vllm gives 30 s; vLLM itself waits 600 s',
    ),
    nearMiss('ten minutes', {
      container: {
        livenessProbe: {},
        startupProbe: { initialDelaySeconds: 15, periodSeconds: 10, failureThreshold: 59 },
      },
    }),
    nearMiss('no probe', {}),
    unknown('a probe that is none', { container: { livenessProbe: 'yes' } }),
  ],
  'literal-secret': [
    violates(
      'a token',
      secretEnv('HF_TOKEN', madeUpToken),
      'HF_TOKEN of container vllm is in clear text; use a Secret',
    ),
    violates(
      'under any name',
      secretEnv('MY_SETTING', madeUpToken),
      'MY_SETTING of container vllm is in clear text; use a Secret',
    ),
    violates(
      'a key of AWS',
      secretEnv('AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
      'AWS_SECRET_ACCESS_KEY of container vllm is in clear text; use a Secret',
    ),
    violates(
      'a flag',
      { flags: ['--api-key', 'sk-0123456789abcdef'] },
      '--api-key of container vllm is in clear text; use a Secret',
    ),
    violates(
      'a script of an init container',
      { spec: { initContainers: [{ name: 'load', command: ['sh', '-c', `hf download m --token ${madeUpToken}`] }] } },
      'a token in command or args of container load is in clear text; use a Secret',
    ),
    nearMiss('from a Secret', {
      container: { env: [{ name: 'HF_TOKEN', valueFrom: { secretKeyRef: { name: 'hf', key: 'token' } } }] },
    }),
    nearMiss('a placeholder', secretEnv('HF_TOKEN', '<your-hugging-face-token>')),
    nearMiss('a word that says there is none', secretEnv('OPENAI_API_KEY', 'EMPTY')),
    unknown('a reference', { flags: ['--api-key', '$(VLLM_API_KEY_OF_PRODUCTION)'] }),
  ],
}
