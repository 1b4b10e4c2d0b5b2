import type { PodView } from './pod-view.ts'
import type { VllmPod } from './recognize.ts'
import type { WebhookSettings } from './settings.ts'

export interface RuleContext {
  /** As it will be stored: after every mutation. */
  readonly pod: PodView
  readonly vllm: VllmPod
  readonly settings: WebhookSettings
}

/** Something that is known to go wrong with a pod, checked before it costs money. */
export interface Rule {
  readonly id: string
  /** One sentence: what is wrong, and what to do. */
  readonly doc: string
  /**
   * Whether it refuses the pod in namespaces labelled `warmpath.dev/enforce: "true"`. Advice only warns: the pod may well
   * run.
   */
  readonly severity: 'refuse' | 'advice'
  /** Messages for people, at most 120 characters with the id in front, ASCII; none when all is well or unknown. */
  readonly check: (context: RuleContext) => readonly string[]
}

export const defineRule = (rule: Rule): Rule => rule
