import { setText } from '../container-edits.ts'
import { defineMutation } from '../mutation.ts'
import { editing, nothing, outcomeOf, type Part, quoted, warning } from '../part.ts'
import type { PodView } from '../pod-view.ts'

const id = 'do-not-disrupt'

/** About as long as a large model takes to load; protection counts from the start of the pod. */
const defaultDuration = '30m'

/** karpenter-provider-aws v1.14 website docs/concepts/disruption.md: `"true"`, or a Go duration such as `"30m"`. */
const karpenterKey = 'karpenter.sh/do-not-disrupt'
/** kubernetes/autoscaler cluster-autoscaler/FAQ.md, 2026-08; it knows no duration. */
const autoscalerKey = 'cluster-autoscaler.kubernetes.io/safe-to-evict'

export const doNotDisrupt = defineMutation({
  id,
  doc:
    'Keeps Karpenter and Auto Mode from moving the pod for so long after its start (`karpenter.sh/do-not-disrupt`). On ' +
    'node groups the autoscaler has no duration: there `safe-to-evict: "false"` holds as long as the pod lives.',
  optIn: {
    annotation: 'do-not-disrupt',
    values: `\`enabled\` (${defaultDuration}), a duration such as \`1h30m\`, or \`true: REASON\` for as long as the pod lives`,
    check: complaintOf,
  },
  apply({ pod, settings, option }) {
    const duration = option === 'enabled' ? defaultDuration : option
    const value = duration.startsWith('true') ? 'true' : duration
    const part =
      settings.platform === 'node-groups'
        ? annotate(pod, { key: autoscalerKey, value: 'false', enough: [] })
        : annotate(pod, { key: karpenterKey, value, enough: ['true'] })
    return outcomeOf([part])
  },
})

interface Wanted {
  readonly key: string
  readonly value: string
  /** Values that protect at least as well. */
  readonly enough: readonly string[]
}

function annotate({ annotations }: PodView, { key, value, enough }: Wanted): Part {
  const standing = annotations[key]
  if (standing === undefined) return editing(setText('annotations', key, value))
  if (standing === value || enough.includes(standing)) return nothing
  return warning(id, `its own ${key} is ${quoted(standing)} and stays`)
}

function complaintOf(value: string): string | undefined {
  if (value === 'enabled' || /^true: *\S/.test(value)) return undefined
  if (value === 'true') return 'expected "true: REASON": without an end the node can never be replaced'
  return /^(?:\d+(?:\.\d+)?[hms])+$/.test(value) && /[1-9]/.test(value) ? undefined : 'expected a duration such as 30m'
}
