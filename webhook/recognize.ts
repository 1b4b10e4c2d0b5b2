import { findCommand, type FoundServer } from '../src/vllm/find-command.ts'
import { foreignAccelerator, type GpuRequest, gpuRequestsOf } from './gpu-request.ts'
import type { ContainerView, PodView } from './pod-view.ts'

/** Label of pods and namespaces: opts in or out of mutation, the pod's over its namespace's. */
const injectLabel = 'warmpath.dev/inject'

/** The container of a pod that runs vLLM on NVIDIA GPUs. */
export interface VllmPod {
  readonly kind: 'vllm'
  readonly container: ContainerView
  readonly gpus: readonly GpuRequest[]
  /** Its command line; absent where it cannot be seen, as when an operator's entrypoint starts vLLM. */
  readonly server: FoundServer | undefined
  /** What it was known by, for people. */
  readonly evidence: string
}

export type Recognized = VllmPod | { readonly kind: 'other'; readonly why: string }

/**
 * Whether a pod serves a model with vLLM on NVIDIA GPUs. The pod's own label decides first, then labels of serving
 * projects, then the command line; an image name alone is no evidence. Without a GPU request or a claim it is none.
 */
export function recognize(pod: PodView): Recognized {
  const label = pod.labels[injectLabel]
  if (label === 'disabled') return other(`label ${injectLabel}: disabled`)
  if (mirrorAnnotation in pod.annotations) return other('the stand-in of a static pod')
  if (pod.ownerKinds.includes('DaemonSet')) return other('owned by a DaemonSet')
  const candidates = pod.containers.filter((one) => wantsGpus(one, pod))
  if (candidates.length === 0) return other('no container asks for NVIDIA GPUs or a claim')
  const seen = candidates.map((container) => ({ container, command: findCommand(container) }))
  const running = seen.find(({ command }) => command.kind === 'server')
  if (running?.command.kind === 'server') return vllm(running.container, running.command.program, running.command)
  const [first] = candidates
  if (first === undefined) return other('no container')
  const container = candidates.find(({ name }) => servingContainers.has(name)) ?? first
  if (label === 'enabled') return vllm(container, `label ${injectLabel}: enabled`)
  const elsewhere = seen.find(({ command }) => command.kind === 'other')
  if (elsewhere?.command.kind === 'other') return other(`runs ${elsewhere.command.program}, which serves nothing`)
  const serving = servingLabels.find(
    ({ label: name, alone }) => name in pod.labels && (alone || vllmImage.test(container.image)),
  )
  return serving === undefined ? other('nothing tells that it runs vLLM') : vllm(container, `label ${serving.label}`)
}

function wantsGpus(container: ContainerView, pod: PodView): boolean {
  if (foreignAccelerator(container) !== undefined) return false
  return gpuRequestsOf(container).length > 0 || (pod.resourceClaims.length > 0 && container.claims.length > 0)
}

const vllm = (container: ContainerView, evidence: string, server?: FoundServer): VllmPod => ({
  kind: 'vllm',
  container,
  gpus: gpuRequestsOf(container),
  server,
  evidence,
})

const other = (why: string): Recognized => ({ kind: 'other', why })

/** k8s.io/api v0.36 core/v1 annotation_key_constants.go MirrorPodAnnotationKey. */
const mirrorAnnotation = 'kubernetes.io/config.mirror'

/** Labels of serving projects. Those that also stand on pods of other servers tell something only with vLLM's image. */
const servingLabels = [
  { label: 'llm-d.ai/inference-serving', alone: true, source: 'llm-d-modelservice charts, 2026-08' },
  { label: 'llm-d.ai/inferenceServing', alone: true, source: 'llm-d-modelservice charts before 0.3, 2026-08' },
  { label: 'vllm.ai/model', alone: true, source: 'production-stack helm chart, 2026-08' },
  { label: 'serving.kserve.io/inferenceservice', alone: false, source: 'kserve pkg/constants, 2026-08' },
  { label: 'leaderworkerset.sigs.k8s.io/name', alone: false, source: 'lws v0.7 api/leaderworkerset/v1' },
  {
    label: 'ray.io/node-type',
    alone: false,
    source: 'kuberay ray-operator controllers/ray/utils/constant.go, 2026-08',
  },
] as const

/** kserve/huggingfaceserver and rayproject/ray-llm run vLLM, too. */
const vllmImage = /vllm|llm-d|huggingfaceserver|ray-llm/

/** The names that those projects give the container of the model server. */
const servingContainers: ReadonlySet<string> = new Set([
  'vllm',
  'vllm-container',
  'main',
  'modelserver',
  'kserve-container',
])
