import type { CommandLine } from '../src/vllm/command-line.ts'
import type { Settings } from '../src/vllm/settings.ts'
import type { ContainerView, PodView } from './pod-view.ts'
import type { VllmPod } from './recognize.ts'
import { known, wholeLine, uses } from './server-line.ts'

/** How many GPUs the server takes on this node. */
export interface GpuUse {
  readonly tensor: number
  readonly pipeline: number
  /** GPUs of one engine: tensor x pipeline x prefill context parallel size. */
  readonly engineGpus: number
  /** Engines on this node; `undefined` if it cannot be told. */
  readonly localEngines: number | undefined
  /** Engines of the whole deployment, on however many nodes. */
  readonly engines: number | undefined
}

/**
 * Reads the parallel sizes, where an engine surely has its GPUs in this one container: with the multiprocessing executor
 * on one node. `undefined` for Ray, several nodes, an executor of another kind, and sizes that cannot be known.
 */
export function gpuUse(vllm: VllmPod, pod: PodView): GpuUse | undefined {
  const line = wholeLine(vllm)
  if (line === undefined || !isOnOneNode(line, pod)) return undefined
  const { settings } = line
  const tensor = known(settings.tensorParallelSize)?.value
  const pipeline = known(settings.pipelineParallelSize)?.value
  const prefill = known(settings.prefillContextParallelSize)?.value
  if (!isSize(tensor) || !isSize(pipeline) || !isSize(prefill)) return undefined
  const engines = known(settings.dataParallelSize)?.value
  return {
    tensor,
    pipeline,
    engineGpus: tensor * pipeline * prefill,
    localEngines: localEngines(line),
    engines: isSize(engines) ? engines : undefined,
  }
}

/** vLLM refuses others. */
const isSize = (size: number | undefined): size is number => size !== undefined && Number.isInteger(size) && size >= 1

/**
 * Without a flag the executor is multiprocessing, and vLLM 0.32 ends if one node has too few GPUs (config/parallel.py
 * ParallelConfig.__post_init__); releases before took Ray if a cluster was there.
 */
function isOnOneNode(line: CommandLine, pod: PodView): boolean {
  const { settings, unknownFlags } = line
  const executor = known(settings.distributedExecutorBackend)
  if (executor === undefined || known(settings.nnodes)?.value !== 1 || uses(line, groupFlags)) return false
  if (executor.value === 'mp') return true
  return executor.value === undefined && !hasSignsOfNodes(pod) && !unknownFlags.some(({ name }) => rayWord.test(name))
}

/** Said of the places in a group of nodes, although `--nnodes` is not; a release of one's own may know it otherwise. */
const groupFlags = ['--node-rank', '--master-addr', '--master-port']

function hasSignsOfNodes({ labels, containers, initContainers }: PodView): boolean {
  return Object.keys(labels).some((key) => groupLabel.test(key)) || [...containers, ...initContainers].some(speaksOfRay)
}

/** Of LeaderWorkerSet (lws v0.7 api/leaderworkerset/v1 SetNameLabelKey) and KubeRay (its documentation of labels, 2026-08). */
const groupLabel = /^(leaderworkerset\.sigs\.k8s\.io|ray\.io)\//

const speaksOfRay = ({ command, args, env }: ContainerView): boolean =>
  [...command, ...args].some((word) => rayWord.test(word) || word.includes('LWS_')) ||
  env.some(({ name }) => rayWord.test(name) || name.startsWith('LWS_'))

const rayWord = /(?<![a-z])ray(?![a-z])/i

/** Engines that this process starts (vLLM 0.32 engine/arg_utils.py create_engine_config, launchers/dp_supervisor.py). */
function localEngines(line: CommandLine): number | undefined {
  const { settings } = line
  if (uses(line, ['--enable-elastic-ep', '--data-parallel-backend'])) return undefined
  const size = known(settings.dataParallelSize)
  const local = known(settings.dataParallelSizeLocal)
  const external = isExternal(settings)
  if (size === undefined || local === undefined || external === undefined) return undefined
  if (external) return 1
  if (local.value !== undefined) return local.value
  const isSplit = [settings.dataParallelHybridLb, settings.dataParallelMultiPortExternalLb].some(
    (setting) => known(setting)?.value !== false,
  )
  return isSplit || known(settings.dataParallelStartRank)?.value !== undefined ? undefined : size.value
}

/** One engine a process, with a load balancer of somebody else in front. */
function isExternal({ dataParallelExternalLb, dataParallelRank }: Settings): boolean | undefined {
  const flag = known(dataParallelExternalLb)
  const rank = known(dataParallelRank)
  return flag === undefined || rank === undefined ? undefined : flag.value || rank.value !== undefined
}
