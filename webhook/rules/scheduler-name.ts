import { featureSupport } from '../../src/eks/feature-support.ts'
import { platformsIn } from '../../src/eks/platforms.ts'
import { brief } from '../finding-text.ts'
import { defineRule } from '../rule.ts'

export const schedulerName = defineRule({
  id: 'scheduler-name',
  doc: 'The pod names a scheduler of its own, which Auto Mode was reported to ignore: the pod stays pending.',
  severity: 'advice',
  check({ pod: { schedulerName: name = 'default-scheduler' }, settings: { platform } }) {
    const rows = featureSupport(platform, 'scheduler-name')
    const isNowhere = rows.length === platformsIn(platform).length && rows.every(({ support }) => support === 'no')
    if (name === 'default-scheduler' || !isNowhere) return []
    return [`scheduler ${brief(name, 30)}: pods were reported pending on ${platform} (${rows[0]?.date})`]
  },
})
