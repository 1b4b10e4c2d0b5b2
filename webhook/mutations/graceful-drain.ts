import { at } from '../../src/kubernetes/json.ts'
import { allowsSpot } from '../capacity-type.ts'
import { containerPath, put, rawContainer, specAt } from '../container-edits.ts'
import { type DrainPlan, planDrain, preStopSeconds, spotSeconds } from '../drain-plan.ts'
import { addFlags } from '../flags.ts'
import { defineMutation, type MutationContext } from '../mutation.ts'
import { editing, leave, nothing, outcomeOf, type Part, warning } from '../part.ts'

const id = 'graceful-drain'
const flag = '--shutdown-timeout'
const defaultDrain = 45
const maxDrain = 3600

/** The API server fills it in before us (kubernetes v1.36 pkg/apis/core/v1/defaults.go), so that 30 is nobody's choice. */
const defaultGrace = 30

export const gracefulDrain = defineMutation({
  id,
  doc:
    `Lets running answers end: a preStop sleep of ${preStopSeconds} s, \`${flag}\` and a \`terminationGracePeriodSeconds\` ` +
    `that covers both, at most ${spotSeconds} s where the pod may land on a spot node. A value of the pod's own stays, and ` +
    'the drain is made to fit it.',
  optIn: {
    annotation: 'graceful-drain',
    values: `\`enabled\` (${defaultDrain}s) or the seconds of the drain, such as \`60s\`; at most ${maxDrain}s`,
    check: (value) => (secondsOf(value) === undefined ? `expected enabled or 1s to ${maxDrain}s` : undefined),
  },
  apply(context) {
    const { object, pod, vllm, option } = context
    const { server, container } = vllm
    if (server === undefined) return leave(id, 'no vLLM command line in the pod')
    const old = tooOld(container.image)
    if (old !== undefined) return leave(id, `${flag} came with vLLM 0.18, the image has ${old}`)
    const { shutdownTimeout } = server.line.settings
    const grace = pod.terminationGracePeriodSeconds
    const wish = {
      drain: secondsOf(option) ?? defaultDrain,
      ownPreStop: ownPreStop(context),
      ownGrace: grace === defaultGrace ? undefined : grace,
      allowsSpot: allowsSpot(pod),
    }
    const wanted = planDrain({ ...wish, ownDrain: undefined })
    const ownDrain = shutdownTimeout.kind === 'given' ? shutdownTimeout.value : undefined
    if (ownDrain === undefined && wanted.drain < 1)
      return leave(id, 'its own preStop hook and terminationGracePeriodSeconds leave no time for a drain')
    const flags = addFlags(object, vllm, [{ flag, value: { text: String(wanted.drain) } }])
    if (flags.kind === 'left') return leave(id, flags.why)
    if (flags.kind === 'present' && ownDrain === undefined) return leave(id, `its own ${flag} cannot be read`)
    const plan = planDrain({ ...wish, ownDrain })
    const edits = flags.kind === 'edited' ? [{ edits: flags.edits, warnings: [] }] : []
    const parts = [...edits, preStopPart(context), gracePart(context, plan, wish.ownGrace)]
    return outcomeOf([...parts, ...complaints({ plan, wanted, wish, ownDrain })])
  },
})

/** Seconds of the pod's own hook. Of one that is no plain sleep they are not known, and it counts like ours. */
function ownPreStop({ object, vllm: { container } }: MutationContext): number | 'unknown' | undefined {
  if (!container.hasPreStop) return undefined
  const seconds = at(rawContainer(object, container), 'lifecycle', 'preStop', 'sleep', 'seconds')
  return typeof seconds === 'number' ? seconds : 'unknown'
}

// The `sleep` action needs no program in the image. The gate PodLifecycleSleepAction is on since Kubernetes 1.30 and GA in
// 1.34 (kubernetes v1.36 pkg/features/kube_features.go).
function preStopPart({ vllm: { container } }: MutationContext): Part {
  if (container.hasPreStop) return nothing
  const path = containerPath(container, 'lifecycle', 'preStop')
  return editing({ kind: 'set', path, value: { sleep: { seconds: preStopSeconds } } })
}

function gracePart({ object, pod }: MutationContext, plan: DrainPlan, ownGrace: number | undefined): Part {
  if (ownGrace !== undefined || pod.terminationGracePeriodSeconds === plan.grace) return nothing
  const name = 'terminationGracePeriodSeconds'
  return editing(put(['spec', name], specAt(object, name), plan.grace))
}

interface Findings {
  readonly plan: DrainPlan
  readonly wanted: DrainPlan
  readonly wish: Omit<Parameters<typeof planDrain>[0], 'ownDrain'>
  readonly ownDrain: number | undefined
}

function complaints({ plan, wanted, wish, ownDrain }: Findings): readonly Part[] {
  const { ownGrace, drain, allowsSpot: spot } = wish
  if (ownGrace !== undefined && plan.grace > ownGrace)
    return [
      warning(id, `its own terminationGracePeriodSeconds ${ownGrace} is less than the ${plan.grace} that it needs`),
    ]
  if (ownDrain !== undefined && ownDrain < wanted.drain)
    return [warning(id, `its own ${flag} ${ownDrain} stays, not ${wanted.drain}`)]
  if (spot && ownGrace === undefined && plan.grace > spotSeconds)
    return [warning(id, `it needs ${plan.grace} s to end; a spot node, which it allows, has ${spotSeconds}`)]
  if (ownDrain !== undefined || wanted.drain >= drain) return []
  return [
    ownGrace === undefined
      ? warning(id, `${drain} s cut to ${wanted.drain}: a spot node, which the pod allows, ends after ${spotSeconds}`)
      : warning(id, `${drain} s cut to ${wanted.drain}, which fit its terminationGracePeriodSeconds ${ownGrace}`),
  ]
}

function secondsOf(option: string): number | undefined {
  if (option === 'enabled') return defaultDrain
  const [, digits] = /^([0-9]{1,4})s$/.exec(option) ?? []
  const seconds = Number(digits)
  return seconds >= 1 && seconds <= maxDrain ? seconds : undefined
}

/** The version in the tag of vLLM's own image, if it is before 0.18 (vllm #36666); it ends over a flag that it does not know. */
function tooOld(image: string): string | undefined {
  const [, version, minor] = /(?:^|\/)vllm-openai:v?(0\.(\d+)(?:\.\d+)?)(?:$|[-@])/.exec(image) ?? []
  return minor !== undefined && Number(minor) < 18 ? version : undefined
}
