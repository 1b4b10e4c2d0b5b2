import { addEnv } from '../env.ts'
import { defineMutation, onlyEnabled, unneeded } from '../mutation.ts'
import { editing, leave, outcomeOf, quoted } from '../part.ts'

const id = 'python-hash-seed'
const name = 'PYTHONHASHSEED'

export const pythonHashSeed = defineMutation({
  id,
  doc:
    '`PYTHONHASHSEED=0`, from which vLLM seeds its block hashes (before 0.28 they are random without it): replicas, and ' +
    'whoever computes the hashes again, then agree.',
  optIn: { annotation: 'python-hash-seed', values: '`enabled`', check: onlyEnabled },
  apply({ object, vllm: { container } }) {
    const env = addEnv(object, container, { name, value: '0' })
    switch (env.kind) {
      case 'present':
        return unneeded
      case 'other':
        return leave(id, `its own ${name} is ${quoted(env.shown)} and stays`)
      case 'edited':
        return outcomeOf([editing(env.edit)])
    }
  },
})
