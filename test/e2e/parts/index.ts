import type { Part } from './part.ts'
import { crds } from './crds.ts'
import { dynamoRuntime } from './dynamo-runtime.ts'
import { envoy } from './envoy.ts'
import { etcd } from './etcd.ts'
import { kedaAdapter, kedaOperator } from './keda.ts'
import { kubeApiServer, kubeControllerManager, kubectl, kubeScheduler } from './kubernetes.ts'
import { kwok } from './kwok.ts'
import { nginx } from './nginx.ts'
import { prometheus } from './prometheus.ts'
import { sglangRouter } from './sglang-router.ts'
import { smg } from './smg.ts'
import { vllmRouter } from './vllm-router.ts'
import { vllm } from './vllm.ts'

/** In the order of installation: what takes longest comes last. */
export const parts: readonly Part[] = [
  ...[nginx, prometheus, envoy, vllmRouter, smg, sglangRouter, dynamoRuntime, vllm, crds],
  ...[etcd, kubeApiServer, kubeControllerManager, kubeScheduler, kubectl, kwok, kedaOperator, kedaAdapter],
]
