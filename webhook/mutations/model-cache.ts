import { findModel, weightBytes } from '../../src/eks/models.ts'
import { parseQuantity } from '../../src/kubernetes/quantity.ts'
import type { FlagToAppend } from '../../src/vllm/append-flag.ts'
import type { FoundServer } from '../../src/vllm/find-command.ts'
import { isOnVolume, mountEmptyDir } from '../empty-dir.ts'
import { addEnv, type WantedEnv } from '../env.ts'
import { addFlags } from '../flags.ts'
import { defineMutation, type MutationContext } from '../mutation.ts'
import { editing, nothing, outcomeOf, type Part, quoted, warning } from '../part.ts'
import type { ContainerView } from '../pod-view.ts'

const id = 'model-cache'

/** Outside of `/root`, which containers of other users cannot enter. */
const root = '/var/cache/warmpath'

export const modelCache = defineMutation({
  id,
  doc:
    `Faster loading. \`s3\` streams the weights of an \`s3://\` model (\`--load-format runai_streamer\`); \`nvme\` puts the cache ` +
    `of Hugging Face, \`compile\` those of torch.compile and Triton on an emptyDir at \`${root}\`: the node's own disks, kept ` +
    'over restarts of the container and lost with the pod.',
  optIn: {
    annotation: 'model-cache',
    values: '`s3`, `nvme`, `compile`, or several with commas between them',
    check: (value) =>
      value.split(',').every((one) => kinds.has(one)) ? undefined : 'expected s3, nvme, compile or a list of them',
  },
  apply(context) {
    const asked = new Set(context.option.split(','))
    const streamed = asked.has('s3') ? [streamPart(context)] : []
    const cached = [
      ...(asked.has('nvme') ? [cachePart(context, 'nvme', huggingFace)] : []),
      ...(asked.has('compile') ? [cachePart(context, 'compile', compilers)] : []),
    ]
    return outcomeOf([...streamed, ...onVolume(context, cached)])
  },
})

const kinds: ReadonlySet<string> = new Set(['s3', 'nvme', 'compile'])

/** huggingface_hub 1.x constants.py: the folder of `hub` and `xet`. */
const huggingFace = [{ name: 'HF_HOME', value: `${root}/huggingface` }]

/** vllm 0.32 envs.py and compilation/compiler_interface.py; eks user guide ml/ml-inference-fast-model-loading, 2026-08. */
const compilers = [
  { name: 'VLLM_CACHE_ROOT', value: `${root}/vllm` },
  { name: 'TORCHINDUCTOR_CACHE_DIR', value: `${root}/inductor` },
  { name: 'TRITON_CACHE_DIR', value: `${root}/triton` },
]

/** A variable of the user's own stays: it names a place that was chosen. Only one off every volume is worth a word. */
function cachePart(context: MutationContext, kind: string, wanted: readonly WantedEnv[]): Part {
  const { object, vllm } = context
  const { container } = vllm
  if (kind === 'nvme' && isOnVolume(container, '/root/.cache/huggingface')) return nothing
  const parts = wanted.map((one): Part => {
    const env = addEnv(object, container, one)
    if (env.kind === 'edited') return editing(env.edit)
    if (env.kind === 'present' || isOnVolume(container, env.shown)) return nothing
    return warning(id, `its own ${one.name} is ${quoted(env.shown)} and stays, on no volume`)
  })
  return { edits: parts.flatMap(({ edits }) => edits), warnings: parts.flatMap(({ warnings }) => warnings) }
}

/** The variables with the volume they point to; where that cannot be had, neither. */
function onVolume({ pod, vllm: { container } }: MutationContext, cached: readonly Part[]): readonly Part[] {
  const isUsed =
    cached.some(({ edits }) => edits.length > 0) ||
    container.env.some(({ value }) => value?.startsWith(`${root}/`) === true)
  if (!isUsed) return cached
  const volume = mountEmptyDir(id, pod, container, { name: 'warmpath-cache', path: root })
  return volume.warnings.length > 0 ? [volume] : [...cached, volume]
}

function streamPart({ object, vllm }: MutationContext): Part {
  const { server, container } = vllm
  if (server === undefined) return warning(id, 's3: no vLLM command line in the pod')
  const { model, settings } = server.line
  if (model.kind !== 'unknown' && !/^s3:\/\//i.test(model.value))
    return warning(id, `s3: its model ${quoted(model.value)} is none of s3://`)
  const { loadFormat } = settings
  if (loadFormat.kind === 'given' && !loadFormat.value.startsWith('runai_streamer'))
    return warning(id, `s3: its own --load-format is ${quoted(loadFormat.value)} and stays`)
  const concurrency = model.kind === 'unknown' ? undefined : concurrencyFor(model.value, container)
  const flags = addFlags(object, vllm, streamerFlags(server, concurrency))
  if (flags.kind === 'left') return warning(id, `s3: ${flags.why}`)
  const added = flags.kind === 'edited' ? flags.edits : []
  if (concurrency === undefined) return editing(...added)
  const chunk = addEnv(object, container, { name: 'RUNAI_STREAMER_CHUNK_BYTESIZE', value: String(chunkBytes) })
  return editing(...added, ...(chunk.kind === 'edited' ? [chunk.edit] : []))
}

/** AWS's advice (eks user guide ml/ml-inference-fast-model-loading, 2026-08): chunks of 4 GiB, one thread for each. */
const chunkBytes = 4 * 1024 ** 3

/**
 * As many threads as the weights have chunks, which are then all in memory at once. `undefined` for a model of unknown
 * size, as the default of 8 threads would want 32 GiB, and where the memory limit does not hold the weights.
 */
function concurrencyFor(model: string, { limits }: ContainerView): number | undefined {
  const known = findModel(model.replace(/\/+$/, ''))
  if (known === undefined) return undefined
  const bytes = weightBytes(known.shape, { quantization: known.quantization })
  const memory = parseQuantity(limits['memory']) ?? Infinity
  return bytes > memory ? undefined : Math.max(1, Math.ceil(bytes / chunkBytes))
}

/**
 * Keys of vllm 0.32 model_loader/runai_streamer_loader.py. `distributed` lets each worker read a share, which needs several
 * of them, and does not go with eager mode (eks user guide, as above).
 */
function streamerFlags({ line }: FoundServer, concurrency: number | undefined): readonly FlagToAppend[] {
  const { tensorParallelSize, enforceEager } = line.settings
  const several = tensorParallelSize.kind !== 'unknown' && tensorParallelSize.value > 1
  const distributed = several && enforceEager.kind !== 'unknown' && !enforceEager.value
  const json = { ...(concurrency !== undefined && { concurrency }), ...(distributed && { distributed }) }
  return [
    { flag: '--load-format', value: { text: 'runai_streamer' } },
    ...(Object.keys(json).length > 0 ? [{ flag: '--model-loader-extra-config', value: { json } }] : []),
  ]
}
