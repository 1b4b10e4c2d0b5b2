import type { Part } from './part.ts'
import { dynamoRuntime } from './dynamo-runtime.ts'
import { envoy } from './envoy.ts'
import { nginx } from './nginx.ts'
import { prometheus } from './prometheus.ts'
import { sglangRouter } from './sglang-router.ts'
import { smg } from './smg.ts'
import { vllmRouter } from './vllm-router.ts'
import { vllm } from './vllm.ts'

/** In the order of installation. */
export const parts: readonly Part[] = [nginx, prometheus, envoy, vllmRouter, smg, sglangRouter, dynamoRuntime, vllm]
