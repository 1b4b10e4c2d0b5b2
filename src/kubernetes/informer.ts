import { type BackoffOptions, backoffMs } from '../backoff.ts'
import { type Clock, pause } from '../clock.ts'
import type { Random } from '../random.ts'
import type { Log } from '../telemetry/log.ts'
import type { KubernetesClient } from './client.ts'
import type { KubernetesError } from './kubernetes-error.ts'
import { type Change, ObjectStore } from './object-store.ts'
import { Reflector } from './reflector.ts'
import { describe, type Resource } from './resource.ts'

export interface InformerOptions<T> {
  readonly client: KubernetesClient
  readonly resource: Resource
  /**
   * An object of the API as the caller's type; `undefined` = of no interest, as if it were not there. An error is
   * logged and counted, and the object stays as it was last read.
   */
  readonly parse: (object: unknown) => T | undefined
  /**
   * Never empty. After a list they are the differences to what was known, deletions first; an object that took the name
   * of another comes as deleted and added. The store already has them all.
   */
  readonly onChanges?: (changes: readonly Change<T>[]) => void
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Objects per page of a list; 250 by default. */
  readonly pageSize?: number
  /** 10,000 by default. Objects beyond it are left out until a list finds room; what is kept stays, `complete` is false. */
  readonly maxObjects?: number
  /** 4 MiB by default: etcd takes 1.5 MiB. A longer line of a watch is given up and the objects are listed again. */
  readonly maxLineBytes?: number
  /** 64 MiB by default. A longer page makes the list fail; it is tried again after a pause. */
  readonly maxPageBytes?: number
  /** Longest wait for the head of an answer, and for the next bytes of a list, ms; 30 s by default. */
  readonly answerMs?: number
  /** How long after its `timeoutSeconds` (5 to 10 min) a silent watch counts as dead, ms; 30 s by default. */
  readonly graceMs?: number
  /** Pauses after failures; 0.8 to 30 s by default, as client-go (tools/cache/reflector.go). */
  readonly backoff?: BackoffOptions
}

export interface InformerStatus {
  /** The first list is in the store. */
  readonly synced: boolean
  /**
   * Since a list, change or bookmark last showed that the store was current, ms; unknown before the first. The API server
   * sends a bookmark about once a minute, so that is the age to expect of a quiet resource.
   */
  readonly lastContactAgeMs: number | undefined
  /** Attempts to list or watch that failed since the last contact by a watch. */
  readonly failures: number
  readonly objects: number
  /** False while `maxObjects` leaves objects out. */
  readonly complete: boolean
  /** Times an object could not be read. */
  readonly unreadable: number
}

export interface Informer<T> {
  /** `true` once the first list is in the store, `false` if stopped before. */
  readonly synced: Promise<boolean>
  status(): InformerStatus
  /** `key` is `namespace/name`, or `name` for what has no namespace. */
  get(key: string): T | undefined
  objects(): readonly T[]
  /** Resolves when its connection and timers are gone; no change comes after the call. */
  stop(): Promise<void>
}

/** Lists a resource and watches it from there, until it is stopped: no answer of the API server ends it. */
export function startInformer<T>(options: InformerOptions<T>): Informer<T> {
  const { clock, resource } = options
  const log = options.log.child({ resource: describe(resource) })
  const stop = new AbortController()
  const synced = Promise.withResolvers<boolean>()
  let isSynced = false
  let unreadable = 0
  const store = new ObjectStore<T>({
    parse: options.parse,
    maxObjects: options.maxObjects ?? 10_000,
    onUnreadable: (key, error) => {
      unreadable += 1
      log.warn('kubernetes object not readable', { key, error })
    },
  })
  const reflector = new Reflector<T>({
    ...{ client: options.client, resource, clock, random: options.random, log, store, stopped: stop.signal },
    pageSize: options.pageSize ?? 250,
    maxLineBytes: options.maxLineBytes ?? 4 << 20,
    maxPageBytes: options.maxPageBytes ?? 64 << 20,
    answerMs: options.answerMs ?? 30_000,
    graceMs: options.graceMs ?? 30_000,
    onListed: () => {
      isSynced = true
      synced.resolve(true)
    },
    onChanges: guarded(options.onChanges ?? (() => {}), log, stop.signal),
  })
  const running = keepTrying(reflector, { ...options, log, stopped: stop.signal })
  return {
    synced: synced.promise,
    get: (key) => store.get(key),
    objects: () => store.objects(),
    status: () => {
      const { failures, lastContactMs } = reflector.progress()
      const lastContactAgeMs = lastContactMs === undefined ? undefined : clock.now() - lastContactMs
      return { synced: isSynced, lastContactAgeMs, failures, objects: store.size, complete: store.complete, unreadable }
    },
    async stop() {
      stop.abort(new Error('stopped'))
      synced.resolve(false)
      await running
    },
  }
}

/** A handler that throws has lost these changes; the informer goes on. */
function guarded<T>(
  onChanges: (changes: readonly Change<T>[]) => void,
  log: Log,
  stopped: AbortSignal,
): (changes: readonly Change<T>[]) => void {
  return (changes) => {
    if (changes.length === 0 || stopped.aborted) return
    try {
      onChanges(changes)
    } catch (error) {
      log.error('handler of kubernetes changes failed', { error, changes: changes.length })
    }
  }
}

const MAX_RETRY_AFTER_MS = 60_000
const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 800, maxMs: 30_000 }

interface Trying {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly backoff?: BackoffOptions
  readonly stopped: AbortSignal
}

/** Pauses after each failure as long as the backoff says, and at least as long as the API server asks, up to a minute. */
async function keepTrying<T>(reflector: Reflector<T>, { clock, random, log, backoff, stopped }: Trying): Promise<void> {
  let lastLogged = ''
  while (!stopped.aborted) {
    const error = await reflector.attempt()
    if (stopped.aborted) return
    if (error === undefined) continue
    const { failures } = reflector.progress()
    const askedMs = Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS)
    const retryMs = Math.max(backoffMs(failures, backoff ?? DEFAULT_BACKOFF, random), askedMs)
    const kind = `${error.code} ${error.answered}`
    const repeated = failures > 1 && kind === lastLogged
    lastLogged = kind
    log[repeated ? 'debug' : levelOf(error)]('kubernetes list or watch failed', { error, failures, retryMs })
    await pause(clock, retryMs, stopped)
  }
}

/** 410 is part of the protocol. */
function levelOf({ answered }: KubernetesError): 'info' | 'warn' {
  return answered === 410 ? 'info' : 'warn'
}
