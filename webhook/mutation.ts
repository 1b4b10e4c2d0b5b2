import type { JsonObject } from '../src/kubernetes/json.ts'
import type { Edit } from './edit.ts'
import type { PodView } from './pod-view.ts'
import type { VllmPod } from './recognize.ts'
import type { WebhookSettings } from './settings.ts'

/** What a mutation may know: the pod as the mutations before it left it, and the operator's settings. */
export interface MutationContext {
  readonly pod: PodView
  /** The whole object, for what the view leaves out. */
  readonly object: JsonObject
  readonly vllm: VllmPod
  readonly settings: WebhookSettings
  /** Value of the opt-in annotation; empty for a mutation that needs none. */
  readonly option: string
}

export type MutationOutcome =
  | { readonly kind: 'edited'; readonly edits: readonly Edit[]; readonly warnings?: readonly string[] }
  /** All is there, or the pod has no need. */
  | { readonly kind: 'unneeded' }
  /** The user's value stands in the way, and wins. */
  | { readonly kind: 'left'; readonly warning: string }

export interface OptIn {
  /** Without the prefix `warmpath.dev/`. */
  readonly annotation: string
  /** What its value may be, for the docs. */
  readonly values: string
  /** The complaint about a value, `undefined` if it is fine. */
  readonly check: (value: string) => string | undefined
}

/** One thing that is put into vLLM pods: pure, and done twice the same as done once. */
export interface Mutation {
  readonly id: string
  /** One sentence on what it adds and when. */
  readonly doc: string
  /** Absent = part of the default set. */
  readonly optIn?: OptIn
  readonly apply: (context: MutationContext) => MutationOutcome
}

export const defineMutation = (mutation: Mutation): Mutation => mutation

export const unneeded: MutationOutcome = { kind: 'unneeded' }

export const annotationKey = (name: string): string => `warmpath.dev/${name}`

/** The value that switches an opt-in on and says no more. */
export const onlyEnabled = (value: string): string | undefined => (value === 'enabled' ? undefined : 'expected enabled')
