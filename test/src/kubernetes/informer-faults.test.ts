import assert from 'node:assert/strict'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { Clock } from '../../../src/clock.ts'
import { createKubernetesClient } from '../../../src/kubernetes/client.ts'
import { startInformer } from '../../../src/kubernetes/informer.ts'
import type { Change } from '../../../src/kubernetes/object-store.ts'
import { createRandom } from '../../../src/random.ts'
import { silentLog } from '../../../src/telemetry/log.ts'
import { type Fault, type FakeKubeApi, startFakeKubeApi } from '../../support/fake-kube-api.ts'
import { type Seen, toSeen } from './follow.ts'

// The law of the informer: whatever changes and whatever breaks, once it is quiet the store has the state of the server,
// and the delivered changes, replayed from nothing, give that same state.

type ImpatientClock = Clock & { endSilence(): void }
type Step = (api: FakeKubeApi, clock: ImpatientClock) => void | Promise<void>

/** Waits of up to a minute (pauses after failures) are over at once; longer ones (silence) when the test says so. */
function createImpatientClock(): ImpatientClock {
  const held = new Set<() => void>()
  return {
    now: () => performance.now(),
    setTimer(delayMs, run) {
      if (delayMs < answerMs) {
        const soon = setImmediate(run)
        return () => clearImmediate(soon)
      }
      held.add(run)
      return () => void held.delete(run)
    },
    endSilence() {
      const due = [...held]
      held.clear()
      for (const run of due) run()
    },
  }
}

/** Longer than any pause, so that the clock tells the two apart. */
const answerMs = 60_000

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const data = fc.integer({ min: 0, max: 3 })
const status = fc.constantFrom(401, 403, 404, 410, 429, 500, 503)
const fault: fc.Arbitrary<Fault> = fc.oneof(
  status.map((code) => ({ status: code })),
  fc.constantFrom<Fault>('cut', 'garbage'),
)

/** With a name, so that a counterexample can be read. */
function step(name: string, run: Step): { readonly run: Step; toString(): string } {
  return { run, toString: () => name }
}

const put = fc
  .tuple(key, data)
  .map(([name, value]) =>
    step(`put ${name}=${value}`, (api) =>
      api.put('pods', { name, namespace: 'inference', labels: { hot: String(value > 0) }, fields: { data: value } }),
    ),
  )
const remove = key.map((name) => step(`remove ${name}`, (api) => api.remove('pods', `inference/${name}`)))
const breaks = fc.oneof(
  fc
    .constantFrom('in order', 'short', 'cut', 'cut within a line')
    .map((how) => step(`end watches ${how}`, (api) => api.endWatches(how))),
  fc
    .tuple(fc.constantFrom('list', 'watch'), fault)
    .map(([verb, what]) => step(`next ${verb} ${JSON.stringify(what)}`, (api) => api.faultNext(verb, what))),
  status.map((code) => step(`fail watches ${code}`, (api) => api.failWatches(code))),
  fc.constantFrom(
    step('garbage line', (api) => api.writeLine('{"type":')),
    step('hang', (api) => api.hang()),
    step('bookmark', (api) => api.bookmark()),
    step('compact', (api) => api.compact()),
  ),
)
/** Lets the informer get on for a while: how far is chance, and the law holds wherever it is. */
const wait = fc.constantFrom(
  step('turn', () => new Promise((resolve) => setImmediate(resolve))),
  step('watching', watching),
)
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: put },
    { weight: 2, arbitrary: remove },
    { weight: 4, arbitrary: breaks },
    { weight: 3, arbitrary: wait },
  ),
  { maxLength: 40 },
)

t.test(
  'whatever changes and breaks, in the end the store and the replayed changes are the state of the server',
  async (t) => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom('status', 'event'), fc.boolean(), async (plan, goneAs, selective) => {
        run += 1
        const clock = createImpatientClock()
        const api = await startFakeKubeApi({ clock })
        api.goneAs = goneAs
        const path = join(t.testdir({ [`kubeconfig-${run}`]: api.kubeconfig() }), `kubeconfig-${run}`)
        const replayed = createReplay()
        const informer = startInformer<Seen>({
          client: createKubernetesClient({ kind: 'kubeconfig', path }),
          resource: { group: '', version: 'v1', plural: 'pods', ...(selective && { labelSelector: 'hot=true' }) },
          parse: toSeen,
          onChanges: replayed.take,
          clock,
          random: createRandom(run),
          log: silentLog,
          pageSize: 2,
          answerMs,
        })
        try {
          for (const one of plan) await one.run(api, clock)
          await watching(api, clock)
          api.put('pods', { name: 'last', namespace: 'inference', labels: { hot: 'true' } })
          await replayed.has('inference/last')
          const expected = api
            .objects('pods')
            .map(toSeen)
            .filter(({ data: value }) => !selective || value !== 0)
          assert.deepEqual(replayed.impossible, [])
          assert.deepEqual([...informer.objects()].toSorted(byKey), expected)
          assert.deepEqual([...replayed.state.values()].toSorted(byKey), expected)
        } finally {
          await informer.stop()
          await api.close()
        }
      }),
      { numRuns: 150 },
    )
  },
)

async function watching(api: FakeKubeApi, clock: ImpatientClock): Promise<void> {
  if (api.hanging) clock.endSilence()
  await api.hungClosed()
  await api.watching()
}

const byKey = (a: Seen, b: Seen): number => (a.key < b.key ? -1 : 1)

/** The state that the changes give, and those that cannot follow what was heard before. */
function createReplay() {
  const state = new Map<string, Seen>()
  const impossible: Change<Seen>[] = []
  const waiting = new Set<() => void>()
  return {
    state,
    impossible,
    take(changes: readonly Change<Seen>[]): void {
      for (const change of changes) {
        if (state.get(change.key) !== knownBefore(change)) impossible.push(change)
        if (change.kind === 'deleted') state.delete(change.key)
        else state.set(change.key, change.object)
      }
      for (const check of [...waiting]) check()
    },
    has: (wanted: string): Promise<void> =>
      new Promise((resolve) => {
        const check = () => {
          if (!state.has(wanted)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
  }
}

function knownBefore(change: Change<Seen>): Seen | undefined {
  if (change.kind === 'added') return undefined
  return change.kind === 'modified' ? change.previous : change.object
}
