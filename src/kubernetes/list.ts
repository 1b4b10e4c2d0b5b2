import { answerTo, type Question, textOf } from './answer.ts'
import { at, isObject, parseJson, textAt } from './json.ts'
import { KubernetesError } from './kubernetes-error.ts'

export interface ListOptions extends Question {
  /** Selectors only. */
  readonly query: URLSearchParams
  /** Objects asked for at once. */
  readonly pageSize: number
  /** A larger page is KUBERNETES_UNREADABLE. */
  readonly maxPageBytes: number
}

/** Gets the objects of one list. */
export interface ListReader {
  item(object: unknown): void
}

export interface Listed<R extends ListReader> {
  readonly reader: R
  /** A watch from it on misses nothing. */
  readonly resourceVersion: string
}

/** Restarts of one list before it is given up. */
const MAX_RESTARTS = 3

/**
 * Reads a collection page by page, in the state of one moment. When that moment is compacted away between two pages
 * (410), the list starts over with a new reader. Rejects with a KubernetesError.
 */
export async function list<R extends ListReader>(options: ListOptions, createReader: () => R): Promise<Listed<R>> {
  for (let restarts = 0; ; restarts += 1) {
    const reader = createReader()
    const first = await readPage(options, reader, undefined)
    try {
      let next = first.next
      while (next !== undefined) next = (await readPage(options, reader, next)).next
      return { reader, resourceVersion: first.resourceVersion }
    } catch (error) {
      const expired = error instanceof KubernetesError && error.answered === 410
      if (!expired || restarts === MAX_RESTARTS) throw error
    }
  }
}

interface Page {
  readonly resourceVersion: string
  readonly next: string | undefined
}

/** Without `resourceVersion` in the query the first page is the newest state, so a new list is never older than the last. */
async function readPage(options: ListOptions, reader: ListReader, next: string | undefined): Promise<Page> {
  const { what, pageSize, maxPageBytes } = options
  const query = new URLSearchParams(options.query)
  query.set('limit', String(pageSize))
  if (next !== undefined) query.set('continue', next)
  const text = await textOf(answerTo({ ...options, query }), {
    what,
    maxBytes: maxPageBytes,
    advice: `allow more, or pages of fewer than ${pageSize} objects`,
  })
  const page = parseJson(text)
  const resourceVersion = textAt(page, 'metadata', 'resourceVersion')
  const items = at(page, 'items')
  if (!isObject(page) || resourceVersion === undefined || !(items === null || Array.isArray(items)))
    throw new KubernetesError('KUBERNETES_UNREADABLE', `${what}: ${text.length} characters, expected a list in JSON`)
  for (const object of items ?? []) reader.item(object)
  return { resourceVersion, next: textAt(page, 'metadata', 'continue') }
}
