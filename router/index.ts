export { routerFields } from './config.ts'
export { createRouter, type RouterOptions } from './create-router.ts'
export { createDashboard } from './dashboard/dashboard.ts'
export type { CandidateReport, Decision, NoEndpointReason, Outcome, RouteResult, Ticket } from './decision.ts'
export type { DecisionReport, LoggedDecision, RequestOutcome } from './decision-log.ts'
export { policies } from './policies/index.ts'
export { hashBlocks, prefixSeed } from './prefix/blocks.ts'
export type { PromptBlocks } from './prefix/prompt-blocks.ts'
export { createProxy, type Proxy, type ProxyOptions } from './proxy/create-proxy.ts'
export type { ProxySettings } from './proxy/settings.ts'
export type { EndpointView, Router } from './router.ts'
export {
  type Candidate,
  type Choice,
  definePolicy,
  type Policy,
  type PolicyDefinition,
  type PolicyRequest,
} from './scheduling/policy.ts'
