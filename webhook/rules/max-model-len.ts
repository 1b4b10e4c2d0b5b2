import { findModel } from '../../src/eks/models.ts'
import { brief } from '../finding-text.ts'
import { defineRule } from '../rule.ts'
import { known, wholeLine, uses } from '../server-line.ts'

export const maxModelLen = defineRule({
  id: 'max-model-len',
  doc: '`--max-model-len` is beyond the positions that the model was made for, and neither `--hf-overrides` nor `VLLM_ALLOW_LONG_MAX_MODEL_LEN` says that this is meant, so vLLM ends at start.',
  severity: 'advice',
  check({ vllm }) {
    const line = wholeLine(vllm)
    if (line === undefined) return []
    const id = known(line.model)?.value
    const length = known(line.settings.maxModelLen)?.value
    const shape = id === undefined ? undefined : findModel(id)?.shape
    if (id === undefined || shape === undefined || typeof length !== 'number' || length <= shape.maxPositions) return []
    const isMeant =
      uses(line, ['--hf-overrides', '--hf-config-path']) ||
      line.unknownFlags.some(({ name }) => /rope|override/.test(name)) ||
      vllm.container.env.some(({ name }) => name === 'VLLM_ALLOW_LONG_MAX_MODEL_LEN')
    return isMeant
      ? []
      : [`${length} tokens, but ${brief(id.slice(id.lastIndexOf('/') + 1))} has ${shape.maxPositions} positions`]
  },
})
