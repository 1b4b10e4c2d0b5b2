import { addsVariable } from '../env-mutation.ts'
import { defineMutation, onlyEnabled } from '../mutation.ts'

const id = 'python-hash-seed'

export const pythonHashSeed = defineMutation({
  id,
  doc:
    '`PYTHONHASHSEED=0`, from which vLLM seeds its block hashes (before 0.28 they are random without it): replicas, and ' +
    'whoever computes the hashes again, then agree.',
  optIn: { annotation: 'python-hash-seed', values: '`enabled`', check: onlyEnabled },
  apply: addsVariable(id, { name: 'PYTHONHASHSEED', value: '0' }),
})
