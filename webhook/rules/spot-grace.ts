import { valuesOfKey } from '../node-constraints.ts'
import { defineRule } from '../rule.ts'

/** EC2 tells of the end of a spot instance 120 s before (Amazon EC2 user guide, Spot Instance interruption notices). */
const noticeSeconds = 120

export const spotGrace = defineRule({
  id: 'spot-grace',
  doc: 'The pod allows spot instances and has more than 120 s to end, but the notice comes 120 s before the machine is gone.',
  severity: 'advice',
  check({ pod }) {
    const capacity = [
      ...valuesOfKey(pod, 'karpenter.sh/capacity-type'),
      ...valuesOfKey(pod, 'eks.amazonaws.com/capacityType'),
    ]
    const { terminationGracePeriodSeconds: seconds } = pod
    if (seconds === undefined || seconds <= noticeSeconds || !capacity.some((one) => /^spot$/i.test(one))) return []
    return [`terminationGracePeriodSeconds is ${seconds}, a spot instance is gone ${noticeSeconds} s after its notice`]
  },
})
