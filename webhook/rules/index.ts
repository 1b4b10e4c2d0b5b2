import type { Rule } from '../rule.ts'
import { allocatable } from './allocatable.ts'
import { claimAndGpu } from './claim-and-gpu.ts'
import { commandLine } from './command-line.ts'
import { draLimited } from './dra-limited.ts'
import { draUnsupported } from './dra-unsupported.ts'
import { gAndP } from './g-and-p.ts'
import { gpuDeployLabel } from './gpu-deploy-label.ts'
import { gpuDeploySelector } from './gpu-deploy-selector.ts'
import { gpuLimit } from './gpu-limit.ts'
import { idleGpus } from './idle-gpus.ts'
import { labelPrefix } from './label-prefix.ts'
import { literalSecret } from './literal-secret.ts'
import { maxModelLen } from './max-model-len.ts'
import { mig } from './mig.ts'
import { modelMemory } from './model-memory.ts'
import { modelWeights } from './model-weights.ts'
import { noInstanceType } from './no-instance-type.ts'
import { parallelSize } from './parallel-size.ts'
import { quota } from './quota.ts'
import { schedulerName } from './scheduler-name.ts'
import { selectorConflict } from './selector-conflict.ts'
import { shm } from './shm.ts'
import { spotGrace } from './spot-grace.ts'
import { startupBudget } from './startup-budget.ts'
import { unsupportedType } from './unsupported-type.ts'

/** In the order in which their findings are told: those that refuse first. */
export const rules: readonly Rule[] = [
  gpuLimit,
  parallelSize,
  selectorConflict,
  noInstanceType,
  modelWeights,
  draUnsupported,
  mig,
  literalSecret,
  modelMemory,
  maxModelLen,
  commandLine,
  allocatable,
  labelPrefix,
  unsupportedType,
  gpuDeploySelector,
  schedulerName,
  draLimited,
  claimAndGpu,
  gAndP,
  quota,
  startupBudget,
  spotGrace,
  shm,
  idleGpus,
  gpuDeployLabel,
]
