import type { Clock } from '../clock.ts'
import type { Random } from '../random.ts'
import type { Log } from '../telemetry/log.ts'
import type { KubernetesClient } from './client.ts'
import { KubernetesError } from './kubernetes-error.ts'
import { list } from './list.ts'
import type { Change, ObjectStore } from './object-store.ts'
import { describe, pathOf, type Resource, selectorsOf } from './resource.ts'
import { type ChangeEvent, watch } from './watch.ts'

export interface ReflectorOptions<T> {
  readonly client: KubernetesClient
  readonly resource: Resource
  readonly store: ObjectStore<T>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly stopped: AbortSignal
  readonly pageSize: number
  readonly maxLineBytes: number
  readonly maxPageBytes: number
  readonly answerMs: number
  readonly graceMs: number
  /** Called when the store has a whole list, before its changes are told. */
  readonly onListed: () => void
  readonly onChanges: (changes: readonly Change<T>[]) => void
}

export interface Progress {
  /** Failed attempts since a watch last went well. */
  readonly failures: number
  /** When a list, a change or a bookmark last showed that the store was current; none before the first. */
  readonly lastContactMs: number | undefined
}

/** A watch that ends sooner without any event failed, as client-go has it (tools/cache/reflector.go): else we ask without pause. */
const MIN_WATCH_MS = 1000
/** client-go's range; drawn at random, so that watches do not end together. */
const WATCH_SECONDS = { min: 300, max: 600 }

/** Makes a store follow a resource, and remembers between attempts the version from which a watch goes on. */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>
  readonly #query: URLSearchParams
  #position: string | undefined
  #failures = 0
  #lastContactMs: number | undefined
  #wasComplete = true

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#query = new URLSearchParams(selectorsOf(options.resource))
  }

  progress(): Progress {
    return { failures: this.#failures, lastContactMs: this.#lastContactMs }
  }

  /** Lists if it has to and watches until the watch ends: in order, or with the error. */
  async attempt(): Promise<KubernetesError | undefined> {
    try {
      this.#position ??= await this.#list()
      await this.#watch(this.#position)
      return undefined
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error
      this.#failures += 1
      if (losesPosition(error)) this.#position = undefined
      return error
    }
  }

  async #list(): Promise<string> {
    const { store, answerMs, pageSize, maxPageBytes } = this.#options
    const { reader, resourceVersion } = await list(
      { ...this.#question('list'), silenceMs: answerMs, pageSize, maxPageBytes },
      () => store.createReplacement(),
    )
    this.#lastContactMs = this.#options.clock.now()
    const changes = store.replace(reader)
    this.#options.onListed()
    this.#tell(changes)
    return resourceVersion
  }

  async #watch(resourceVersion: string): Promise<void> {
    const { clock, random, stopped, store, graceMs, maxLineBytes } = this.#options
    const begunMs = clock.now()
    const timeoutSeconds = watchSeconds(random)
    const question = this.#question('watch')
    let events = 0
    for await (const event of watch({ ...question, resourceVersion, timeoutSeconds, graceMs, maxLineBytes })) {
      if (stopped.aborted) return
      events += 1
      this.#take(event)
    }
    if (events === 0 && clock.now() - begunMs < MIN_WATCH_MS)
      throw new KubernetesError(
        'KUBERNETES_CONNECTION',
        `${question.what}: ended at once, expected ${timeoutSeconds} s`,
      )
    this.#failures = 0
    // What was left out may have room by now.
    if (!store.complete) this.#position = undefined
  }

  #take(event: ChangeEvent): void {
    const { clock, log, store } = this.#options
    if (this.#failures > 0) log.info('kubernetes watch recovered', { failures: this.#failures })
    this.#failures = 0
    this.#lastContactMs = clock.now()
    this.#position = event.kind === 'bookmark' ? event.resourceVersion : event.meta.resourceVersion
    this.#tell(applied(store, event))
  }

  #tell(changes: readonly Change<T>[]): void {
    const { log, store, onChanges } = this.#options
    if (this.#wasComplete && !store.complete) log.error('kubernetes objects left out: too many', { kept: store.size })
    this.#wasComplete = store.complete
    onChanges(changes)
  }

  #question(verb: 'list' | 'watch') {
    const { client, clock, resource, stopped, answerMs } = this.#options
    const what = `Cannot ${verb} ${describe(resource)}`
    return { client, clock, stopped, answerMs, what, path: pathOf(resource), query: this.#query }
  }
}

function watchSeconds(random: Random): number {
  return WATCH_SECONDS.min + Math.floor(random() * (WATCH_SECONDS.max - WATCH_SECONDS.min + 1))
}

function applied<T>(store: ObjectStore<T>, event: ChangeEvent): readonly Change<T>[] {
  switch (event.kind) {
    case 'present':
      return store.put(event.meta, event.object)
    case 'gone':
      return store.remove(event.meta)
    case 'bookmark':
      return []
  }
}

/** Refusals that say nothing about the version asked for. */
const passingStatuses: readonly number[] = [401, 403, 408, 429]

/**
 * Whether to list again: after 410 (the version is compacted away), after another refusal of what was asked, and after
 * a line that could not be read, as what it said is missing. After anything else the watch goes on where it was.
 */
function losesPosition({ code, answered }: KubernetesError): boolean {
  if (code === 'KUBERNETES_UNREADABLE') return true
  return answered !== undefined && answered >= 400 && answered < 500 && !passingStatuses.includes(answered)
}
