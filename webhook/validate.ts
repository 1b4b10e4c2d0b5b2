import type { JsonObject } from '../src/kubernetes/json.ts'
import { type Verdict, warningLimit } from './admission-review.ts'
import { brief } from './finding-text.ts'
import { readPod } from './pod-view.ts'
import { recognize } from './recognize.ts'
import type { Rule } from './rule.ts'
import { rules } from './rules/index.ts'
import type { WebhookSettings } from './settings.ts'

export interface Finding {
  /** Id of the rule. */
  readonly rule: string
  readonly severity: Rule['severity']
  /** `<id>: text`, ASCII, at most 120 characters. */
  readonly message: string
}

export type Validated =
  | {
      readonly kind: 'untouched'
      readonly why: string
      readonly verdict: Verdict
      readonly findings: readonly []
    }
  | {
      readonly kind: 'vllm'
      readonly evidence: string
      readonly verdict: Verdict
      readonly findings: readonly Finding[]
    }

/** Findings of one pod that are told; more would not be read, and the API server cuts warnings past 4096 characters. */
const maxFindings = 24

/**
 * Runs the rules over a pod as it will be stored. Pure. With `enforce` a finding of severity `refuse` refuses the pod;
 * without it all are warnings, and nothing is refused.
 */
export function validatePod(
  object: JsonObject,
  settings: WebhookSettings,
  { enforce }: { readonly enforce: boolean },
  list: readonly Rule[] = rules,
): Validated {
  const pod = readPod(object)
  if (pod === undefined) return untouched('it has no containers')
  const vllm = recognize(pod)
  if (vllm.kind === 'other') return untouched(vllm.why)
  const all = list.flatMap(({ id, severity, check }) =>
    check({ pod, vllm, settings }).map((text): Finding => ({
      rule: id,
      severity,
      message: brief(`${id}: ${text}`, warningLimit),
    })),
  )
  // What refuses is never cut off by advice, in whatever order the rules stand.
  const findings = all
    .toSorted((a, b) => Number(a.severity !== 'refuse') - Number(b.severity !== 'refuse'))
    .slice(0, maxFindings)
  return { kind: 'vllm', evidence: vllm.evidence, verdict: verdictOn(findings, enforce), findings }
}

const untouched = (why: string): Validated => ({ kind: 'untouched', why, verdict: { allowed: true }, findings: [] })

function verdictOn(findings: readonly Finding[], enforce: boolean): Verdict {
  const refusing = enforce ? findings.filter(({ severity }) => severity === 'refuse') : []
  const warnings = findings.filter((finding) => !refusing.includes(finding)).map(({ message }) => message)
  const rulesFound = [...new Set(findings.map(({ rule }) => rule))].join(',')
  return {
    allowed: refusing.length === 0,
    ...(refusing.length > 0 && { message: refusing.map(({ message }) => message).join('; ') }),
    ...(warnings.length > 0 && { warnings }),
    ...(findings.length > 0 && { auditAnnotations: { findings: rulesFound } }),
  }
}
