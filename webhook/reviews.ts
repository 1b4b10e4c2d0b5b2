import type { AdmissionRequest, Verdict } from './admission-review.ts'
import { mutatePod } from './mutate.ts'
import type { Mutation } from './mutation.ts'
import { reviewNodePool } from './nodepool.ts'
import type { WebhookSettings } from './settings.ts'
import { validatePod } from './validate.ts'

/** The API server takes no query in the path of a Service, so that enforcing has a path of its own. */
export const reviewPaths = ['/mutate/pods', '/validate/pods', '/validate/pods/enforce', '/mutate/nodepools'] as const
export type ReviewPath = (typeof reviewPaths)[number]

/** What reviews depend on besides the request. */
export interface ReviewCore {
  readonly settings: WebhookSettings
  /** The listed ones by default. */
  readonly mutations?: readonly Mutation[]
  readonly validate?: typeof validatePod
}

export interface Reviewed {
  readonly verdict: Verdict
  readonly outcome: 'mutated' | 'unchanged' | 'warned' | 'refused'
  /** Ids of the mutations that changed the object. */
  readonly applied: readonly string[]
  /** Ids of the rules that found something. */
  readonly findings: readonly string[]
}

/** Pure. Throws on a fault of ours, which the caller answers by letting the object pass. */
export function review(path: ReviewPath, request: AdmissionRequest, core: ReviewCore): Reviewed {
  switch (path) {
    case '/mutate/pods':
      return mutatePods(request, core)
    case '/validate/pods':
      return validatePods(request, core, false)
    case '/validate/pods/enforce':
      return validatePods(request, core, true)
    case '/mutate/nodepools':
      return mutateNodePools(request, core)
  }
}

const passed: Reviewed = { verdict: { allowed: true }, outcome: 'unchanged', applied: [], findings: [] }

/** After its creation nothing of what we add may change. */
const isCreated = (request: AdmissionRequest, kind: string): boolean =>
  request.kind === kind && request.operation === 'CREATE'

function mutatePods(request: AdmissionRequest, { settings, mutations }: ReviewCore): Reviewed {
  if (!isCreated(request, 'Pod') || request.object === undefined) return passed
  const mutated = mutatePod(request.object, settings, mutations)
  if (mutated.kind === 'untouched') return passed
  const { patch, steps } = mutated
  const applied = steps.filter(({ result }) => result === 'edited').map(({ id }) => id)
  const warnings = steps.flatMap(({ id, warnings: texts }) => texts.map((text) => withId(id, text)))
  return {
    verdict: {
      allowed: true,
      patch,
      warnings,
      ...(applied.length > 0 && { auditAnnotations: { mutations: applied.join(',') } }),
    },
    outcome: changeOf(patch, warnings),
    applied,
    findings: [],
  }
}

function validatePods(request: AdmissionRequest, core: ReviewCore, enforce: boolean): Reviewed {
  if (!isCreated(request, 'Pod') || request.object === undefined) return passed
  const { validate = validatePod, settings } = core
  const { verdict, findings } = validate(request.object, settings, { enforce })
  return {
    verdict,
    outcome: verdict.allowed ? changeOf([], findings) : 'refused',
    applied: [],
    findings: [...new Set(findings.map(({ rule }) => rule))],
  }
}

function mutateNodePools({ kind, operation, object }: AdmissionRequest, { settings }: ReviewCore): Reviewed {
  if (kind !== 'NodePool' || object === undefined) return passed
  const { patch, warnings } = reviewNodePool(object, { operation, catalogue: settings.catalogue })
  return {
    verdict: { allowed: true, patch, warnings },
    outcome: changeOf(patch, warnings),
    applied: patch.length > 0 ? ['device-plugin-label'] : [],
    findings: [],
  }
}

function changeOf(patch: readonly unknown[], said: readonly unknown[]): 'mutated' | 'warned' | 'unchanged' {
  if (patch.length > 0) return 'mutated'
  return said.length > 0 ? 'warned' : 'unchanged'
}

export const withId = (id: string, text: string): string => `${id}: ${text}`
