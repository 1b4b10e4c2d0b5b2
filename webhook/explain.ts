import type { Operation } from 'fast-json-patch'
import { LineCounter, parseAllDocuments } from 'yaml'
import { ConfigError } from '../src/errors.ts'
import { isObject, type JsonObject, listAt, textAt } from '../src/kubernetes/json.ts'
import { mutatePod } from './mutate.ts'
import { reviewNodePool } from './nodepool.ts'
import { podsOf } from './pod-templates.ts'
import { withId } from './reviews.ts'
import type { WebhookSettings } from './settings.ts'
import { type Finding, validatePod } from './validate.ts'

/** What the webhook would do with one pod, or one node pool. */
export interface Explanation {
  /** From 1 in the file. */
  readonly document: number
  readonly kind: string
  readonly name: string | undefined
  /** Of the pod template in the object; empty for the object itself. */
  readonly path: string
  /** What the pod was known by, or why it is left alone. */
  readonly evidence: string
  /** `refused` in namespaces that enforce; elsewhere such a pod passes with a warning. */
  readonly verdict: 'changed' | 'unchanged' | 'refused'
  /** Ids of the mutations that changed something. */
  readonly mutations: readonly string[]
  /** RFC 6902, from the root of the pod or node pool. */
  readonly patch: readonly Operation[]
  /** As the API server would show them. */
  readonly warnings: readonly string[]
  /** What is wrong with the pod after the mutations. */
  readonly findings: readonly Finding[]
}

/** Every pod, pod template and NodePool of a YAML text with any number of documents. Throws a ConfigError. */
export function explain(name: string, text: string, settings: WebhookSettings): readonly Explanation[] {
  return documentsOf(name, text).flatMap(({ document, object }) => {
    const about = { document, kind: textAt(object, 'kind') ?? '?', name: nameOf(object) }
    if (about.kind === 'NodePool') return [{ ...about, path: '', ...explainNodePool(object, settings) }]
    return podsOf(object).map(({ path, pod }) => ({ ...about, path, ...explainPod(pod, settings) }))
  })
}

const nameOf = (object: JsonObject): string | undefined =>
  textAt(object, 'metadata', 'name') ?? textAt(object, 'metadata', 'generateName')

type Explained = Omit<Explanation, 'document' | 'kind' | 'name' | 'path'>

function explainPod(pod: JsonObject, settings: WebhookSettings): Explained {
  const mutated = mutatePod(pod, settings)
  if (mutated.kind === 'untouched')
    return { evidence: mutated.why, verdict: 'unchanged', mutations: [], patch: [], warnings: [], findings: [] }
  const { evidence, object, patch, steps } = mutated
  const { verdict, findings } = validatePod(object, settings, { enforce: true })
  return {
    evidence,
    verdict: verdict.allowed ? changeOf(patch) : 'refused',
    mutations: steps.filter(({ result }) => result === 'edited').map(({ id }) => id),
    patch,
    warnings: [
      ...steps.flatMap(({ id, warnings }) => warnings.map((warning) => withId(id, warning))),
      ...findings.map(({ message }) => message),
    ],
    findings,
  }
}

function explainNodePool(object: JsonObject, { catalogue }: WebhookSettings): Explained {
  const { why, patch, warnings } = reviewNodePool(object, { operation: 'CREATE', catalogue })
  return {
    evidence: why ?? 'a pool of EKS Auto Mode that can make GPU nodes',
    verdict: changeOf(patch),
    mutations: patch.length > 0 ? ['device-plugin-label'] : [],
    patch,
    warnings,
    findings: [],
  }
}

const changeOf = (patch: readonly Operation[]): 'changed' | 'unchanged' => (patch.length > 0 ? 'changed' : 'unchanged')

interface Document {
  readonly document: number
  readonly object: JsonObject
}

/** A List counts as its items. What is no object of the API has no pods in it. */
function documentsOf(name: string, text: string): readonly Document[] {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })
  const documents = Array.isArray(parsed) ? parsed : []
  const problems = documents.flatMap(({ errors }) =>
    errors.map(({ pos, message }) => ({
      path: `${name}:${lines.linePos(pos[0]).line}`,
      value: 'broken YAML',
      expected: `YAML 1.2 (${message})`,
    })),
  )
  if (problems.length > 0) throw new ConfigError(problems)
  return documents.flatMap((document, index) => {
    const object = toObject(name, () => document.toJS({ maxAliasCount: 100 }))
    if (!isObject(object)) return []
    const items = object['kind'] === 'List' ? listAt(object, 'items').filter(isObject) : [object]
    return items.map((item) => ({ document: index + 1, object: item }))
  })
}

/** An alias without anchor, or aliases that multiply, is an error only here. */
function toObject(name: string, read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ConfigError([{ path: name, value: 'broken YAML', expected: `aliases that resolve (${why})` }])
  }
}
