import type { Mutation } from '../mutation.ts'
import { devicePluginLabel } from './device-plugin-label.ts'
import { doNotDisrupt } from './do-not-disrupt.ts'
import { gpuToleration } from './gpu-toleration.ts'
import { gracefulDrain } from './graceful-drain.ts'
import { kaiScheduler } from './kai-scheduler.ts'
import { kvEvents } from './kv-events.ts'
import { modelCache } from './model-cache.ts'
import { nixlHost } from './nixl-host.ts'
import { nodeCategory } from './node-category.ts'
import { promptTokensDetails } from './prompt-tokens-details.ts'
import { pythonHashSeed } from './python-hash-seed.ts'
import { serviceLinks } from './service-links.ts'
import { shm } from './shm.ts'

/** In the order they run; each sees what those before it did. */
export const mutations: readonly Mutation[] = [
  gpuToleration,
  nodeCategory,
  devicePluginLabel,
  shm,
  serviceLinks,
  doNotDisrupt,
  gracefulDrain,
  kvEvents,
  promptTokensDetails,
  pythonHashSeed,
  nixlHost,
  modelCache,
  kaiScheduler,
]
