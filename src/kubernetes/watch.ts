import { answerTo, type Question } from './answer.ts'
import { KubernetesError, refusalError } from './kubernetes-error.ts'
import { linesOf } from './lines.ts'
import { parseWatchEvent, type WatchEvent } from './watch-event.ts'

export interface WatchOptions extends Omit<Question, 'silenceMs'> {
  /** Selectors only. */
  readonly query: URLSearchParams
  /** Changes after this version are wanted. */
  readonly resourceVersion: string
  /** After this the server ends the watch, s. */
  readonly timeoutSeconds: number
  /** Silence beyond `timeoutSeconds` after which the connection counts as dead, ms. */
  readonly graceMs: number
  readonly maxLineBytes: number
}

export type ChangeEvent = Extract<WatchEvent, { kind: 'present' | 'gone' | 'bookmark' }>

/**
 * The changes after a version, as they come; ends when the server ends it in order. Rejects with a KubernetesError on
 * everything else, an ERROR event and an unreadable line among them.
 */
export async function* watch(options: WatchOptions): AsyncGenerator<ChangeEvent, void> {
  const { what, resourceVersion, timeoutSeconds, graceMs, maxLineBytes } = options
  const query = new URLSearchParams(options.query)
  query.set('watch', 'true')
  query.set('allowWatchBookmarks', 'true')
  query.set('resourceVersion', resourceVersion)
  query.set('timeoutSeconds', String(timeoutSeconds))
  const answer = answerTo({ ...options, query, silenceMs: timeoutSeconds * 1000 + graceMs })
  for await (const line of linesOf(answer, { what, maxBytes: maxLineBytes })) {
    const event = parseWatchEvent(line)
    switch (event.kind) {
      case 'error':
        throw refusalError({ what, body: event.status })
      case 'unreadable':
        throw new KubernetesError('KUBERNETES_UNREADABLE', `${what}: ${event.problem}, expected a watch event`)
      default:
        yield event
    }
  }
}
