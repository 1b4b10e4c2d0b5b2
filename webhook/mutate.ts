import { isDeepStrictEqual } from 'node:util'
import type { Operation } from 'fast-json-patch'
import { WarmpathError } from '../src/errors.ts'
import { at, type JsonObject } from '../src/kubernetes/json.ts'
import { applyEdits, applyPatch, type Edit } from './edit.ts'
import { annotationKey, type Mutation } from './mutation.ts'
import { mutations } from './mutations/index.ts'
import { type PodView, readPod } from './pod-view.ts'
import { recognize, type VllmPod } from './recognize.ts'
import type { WebhookSettings } from './settings.ts'

/** What one mutation did, for `--explain`, warnings, audit and metrics. */
export interface Step {
  readonly id: string
  readonly result: 'edited' | 'unneeded' | 'left' | 'not-asked'
  readonly patch: readonly Operation[]
  readonly warnings: readonly string[]
}

export type Mutated =
  | { readonly kind: 'untouched'; readonly why: string }
  | {
      readonly kind: 'vllm'
      readonly evidence: string
      readonly object: JsonObject
      readonly patch: readonly Operation[]
      readonly steps: readonly Step[]
    }

/** Names what was put in, for people who look at the pod. */
const injectedAnnotation = annotationKey('injected')

/**
 * Runs the mutations over a pod. Pure; throws only if an edit or the whole patch does not do what it should, which the
 * caller answers by letting the pod pass unchanged.
 */
export function mutatePod(
  object: JsonObject,
  settings: WebhookSettings,
  list: readonly Mutation[] = mutations,
): Mutated {
  const seen = see(object)
  if (seen.kind === 'other') return { kind: 'untouched', why: seen.why }
  let current: Seen = seen
  const steps: Step[] = []
  for (const mutation of list) {
    const { step, after } = runOne(current, mutation, settings)
    steps.push(step)
    current = after
  }
  const ids = steps.filter(({ result }) => result === 'edited').map(({ id }) => id)
  const marked = applyEdits(current.object, markEdits(current.pod, ids))
  const patch = [...steps.flatMap((step) => step.patch), ...marked.patch]
  if (!isDeepStrictEqual(applyPatch(object, patch), marked.object))
    throw new WarmpathError('PATCH_DIFFERS', `The patch does not give the pod that it should: ${JSON.stringify(patch)}`)
  return { kind: 'vllm', evidence: seen.vllm.evidence, object: marked.object, patch, steps }
}

/** A pod that runs vLLM, as it is at one moment. */
interface Seen {
  readonly kind: 'vllm'
  readonly object: JsonObject
  readonly pod: PodView
  readonly vllm: VllmPod
}

function see(object: JsonObject): Seen | { readonly kind: 'other'; readonly why: string } {
  const pod = readPod(object)
  if (pod === undefined) return { kind: 'other', why: 'it has no containers' }
  const vllm = recognize(pod)
  return vllm.kind === 'other' ? vllm : { kind: 'vllm', object, pod, vllm }
}

/** The same after an edit. What it did not touch is the same object as before; containers are what is costly to read, and labels decide. */
function seeAgain(object: JsonObject, before: Seen): ReturnType<typeof see> {
  const isSame = (...path: readonly string[]): boolean => at(object, ...path) === at(before.object, ...path)
  if (!isSame('spec', 'containers') || !isSame('metadata', 'labels')) return see(object)
  const pod = readPod(object, before.pod.containers)
  return pod === undefined ? see(object) : { ...before, object, pod }
}

function runOne(seen: Seen, mutation: Mutation, settings: WebhookSettings): { step: Step; after: Seen } {
  const { id, optIn } = mutation
  const unchanged = (result: Step['result'], warnings: readonly string[] = []) => ({
    step: { id, result, patch: [], warnings },
    after: seen,
  })
  const option = optIn === undefined ? '' : optionOf(seen.pod.annotations, optIn.annotation, settings)
  if (option === undefined || option === 'disabled') return unchanged('not-asked')
  const complaint = optIn?.check(option)
  if (optIn !== undefined && complaint !== undefined)
    return unchanged('left', [`${annotationKey(optIn.annotation)}: got ${JSON.stringify(option)}, ${complaint}`])
  const { object, pod, vllm } = seen
  const outcome = mutation.apply({ pod, object, vllm, settings, option })
  switch (outcome.kind) {
    case 'unneeded':
      return unchanged('unneeded')
    case 'left':
      return unchanged('left', [outcome.warning])
    case 'edited': {
      const edited = applyEdits(object, outcome.edits)
      const after = seeAgain(edited.object, seen)
      if (after.kind === 'other')
        throw new WarmpathError('PATCH_DIFFERS', `${id} makes a pod that is none of ours: ${after.why}`)
      return { step: { id, result: 'edited', patch: edited.patch, warnings: outcome.warnings ?? [] }, after }
    }
  }
}

/** The pod's annotation over the cluster's default. */
const optionOf = (
  annotations: Readonly<Record<string, string>>,
  name: string,
  settings: WebhookSettings,
): string | undefined => annotations[annotationKey(name)] ?? settings.defaults[name]

/** Reinvoked after another webhook, a second run adds its ids to those of the first. */
function markEdits(pod: PodView, ids: readonly string[]): readonly Edit[] {
  if (ids.length === 0) return []
  const before = pod.annotations[injectedAnnotation]
  const path = ['metadata', 'annotations', injectedAnnotation]
  if (before === undefined) return [{ kind: 'set', path, value: ids.join(',') }]
  const all = [...new Set([...before.split(','), ...ids])].filter((one) => one !== '').join(',')
  return all === before ? [] : [{ kind: 'replace', path, value: all }]
}
