import { addEnv, type WantedEnv } from './env.ts'
import { type Mutation, unneeded } from './mutation.ts'
import { editing, leave, outcomeOf, quoted } from './part.ts'

/** What a mutation does that adds one variable to the vLLM container and nothing else. */
export const addsVariable =
  (id: string, wanted: WantedEnv): Mutation['apply'] =>
  ({ object, vllm: { container } }) => {
    const env = addEnv(object, container, wanted)
    switch (env.kind) {
      case 'present':
        return unneeded
      case 'other':
        return leave(id, `its own ${wanted.name} is ${quoted(env.shown)} and stays`)
      case 'edited':
        return outcomeOf([editing(env.edit)])
    }
  }
