import type { PolicyDefinition } from '../scheduling/policy.ts'
import { leastRequest } from './least-request.ts'
import { llmD } from './llm-d.ts'
import { llmDSticky } from './llm-d-sticky.ts'
import { prefixHash } from './prefix-hash.ts'
import { randomPolicy } from './random.ts'
import { roundRobin } from './round-robin.ts'
import { session } from './session.ts'
import { warmpath } from './warmpath.ts'

/** The default first. */
export const policies: readonly PolicyDefinition[] = [
  warmpath,
  llmD,
  llmDSticky,
  prefixHash,
  session,
  leastRequest,
  roundRobin,
  randomPolicy,
]
