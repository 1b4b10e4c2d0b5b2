import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createKubernetesClient } from '../../../src/kubernetes/client.ts'
import { type Informer, type InformerOptions, startInformer } from '../../../src/kubernetes/informer.ts'
import { at, type JsonObject, textAt } from '../../../src/kubernetes/json.ts'
import type { Change } from '../../../src/kubernetes/object-store.ts'
import { type FakeKubeApi, startFakeKubeApi } from '../../support/fake-kube-api.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { recordLog, type RecordedLog } from '../../support/recorded-log.ts'

/** With `random` 0: pause after the first failure in a row, silence that ends a watch, and what a watch lasts. */
export const firstPauseMs = 800
export const answerMs = 30_000
export const watchMs = 300_000
export const silenceMs = watchMs + 30_000

/** What tests keep of an object: its key and data. */
export interface Seen {
  readonly key: string
  readonly data: unknown
}

export function toSeen(object: unknown): Seen {
  const name = textAt(object, 'metadata', 'name') ?? ''
  const namespace = textAt(object, 'metadata', 'namespace')
  return { key: namespace === undefined ? name : `${namespace}/${name}`, data: at(object, 'data') }
}

export interface Following extends RecordedLog {
  readonly api: FakeKubeApi
  readonly clock: ManualClock
  readonly informer: Informer<Seen>
  /** `added inference/a 1`, with the data. */
  readonly heard: readonly string[]
  /** Resolves when this many changes have been heard. */
  hears(count: number): Promise<void>
  /** Puts a pod of the namespace `inference`. */
  pod(name: string, data?: unknown, labels?: Readonly<Record<string, string>>): void
  writeKubeconfig(user: JsonObject): void
  /** Resolves when a watch is open on both sides. */
  watching(): Promise<void>
  /** Waits for the pause after the first failure, or another, and ends it. */
  retry(pauseMs?: number): Promise<void>
}

interface Setup extends Partial<InformerOptions<Seen>> {
  /** Done before the informer starts. */
  readonly prepare?: (api: FakeKubeApi, pod: Following['pod']) => void
  readonly user?: JsonObject
}

/** An informer of the pods of all namespaces, on a fake API server. */
export async function follow(t: Test, { prepare = () => {}, user, onChanges, ...options }: Setup = {}) {
  const clock = createManualClock()
  const api = await startFakeKubeApi({ clock })
  const path = join(t.testdir({ kubeconfig: api.kubeconfig(user) }), 'kubeconfig')
  const pod: Following['pod'] = (name, data = 1, labels = {}) =>
    api.put('pods', { name, namespace: 'inference', labels, fields: { data } })
  prepare(api, pod)
  const recorded = recordLog()
  const heard: string[] = []
  const waiting = new Set<() => void>()
  const informer = startInformer<Seen>({
    client: createKubernetesClient({ kind: 'kubeconfig', path }),
    resource: { group: '', version: 'v1', plural: 'pods' },
    parse: toSeen,
    clock,
    random: () => 0,
    log: recorded.log,
    onChanges(changes) {
      heard.push(...changes.map(describeChange))
      for (const check of [...waiting]) check()
      onChanges?.(changes)
    },
    ...options,
  })
  t.teardown(async () => {
    await informer.stop()
    await api.close()
  })
  const following: Following = {
    ...recorded,
    ...{ api, clock, informer, heard, pod },
    hears: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (heard.length < count) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    writeKubeconfig: (next) => writeFileSync(path, api.kubeconfig(next)),
    async watching() {
      await api.watching()
      await clock.timerSet(silenceMs)
    },
    async retry(pauseMs = firstPauseMs) {
      await clock.timerSet(pauseMs)
      clock.advance(pauseMs)
    },
  }
  return following
}

function describeChange({ kind, key, object }: Change<Seen>): string {
  return `${kind} ${key} ${JSON.stringify(object.data)}`
}
