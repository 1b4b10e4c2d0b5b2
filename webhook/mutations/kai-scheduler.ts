import { featureSupport } from '../../src/eks/feature-support.ts'
import { put, setText, specAt } from '../container-edits.ts'
import { defineMutation } from '../mutation.ts'
import { editing, leave, nothing, outcomeOf, quoted, warning } from '../part.ts'

const id = 'kai-scheduler'
/** KAI-Scheduler README and docs/queues, 2026-08: the name of its scheduler, and the label with the queue of a pod. */
const scheduler = 'kai-scheduler'
const queueLabel = 'kai.scheduler/queue'

export const kaiScheduler = defineMutation({
  id,
  doc:
    '`schedulerName: kai-scheduler` and the label `kai.scheduler/queue`. Refused on Auto Mode, where other schedulers are ' +
    'reported to be ignored; in `mixed` clusters it warns of that.',
  optIn: {
    annotation: 'kai-scheduler',
    values: 'the name of a queue',
    // What a label value may be (apimachinery v0.36 pkg/util/validation IsValidLabelValue), and not empty.
    check: (value) =>
      value !== 'enabled' && value.length <= 63 && /^[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?$/.test(value)
        ? undefined
        : 'expected the name of a queue',
  },
  apply({ pod, object, settings, option }) {
    if (featureSupport(settings.platform, 'scheduler-name').some(({ support }) => support === 'no')) {
      if (settings.platform !== 'mixed')
        return leave(id, 'Auto Mode is reported to ignore schedulerName; nothing is set')
    }
    const { schedulerName = 'default-scheduler' } = pod
    const queue = pod.labels[queueLabel]
    if (schedulerName !== 'default-scheduler' && schedulerName !== scheduler)
      return leave(id, `its own schedulerName is ${quoted(schedulerName)} and stays`)
    if (queue !== undefined && queue !== option) return leave(id, `its own queue is ${quoted(queue)} and stays`)
    // The API server fills in `default-scheduler` before us (kubernetes v1.36 pkg/apis/core/v1/defaults.go).
    const name = put(['spec', 'schedulerName'], specAt(object, 'schedulerName'), scheduler)
    const parts = [
      schedulerName === scheduler ? nothing : editing(name),
      queue === undefined ? editing(setText('labels', queueLabel, option)) : nothing,
    ]
    const edited = parts.some(({ edits }) => edits.length > 0)
    const doubt = warning(id, 'nodes of Auto Mode are reported to ignore schedulerName')
    return outcomeOf(edited && settings.platform === 'mixed' ? [...parts, doubt] : parts)
  },
})
