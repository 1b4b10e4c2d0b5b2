import t from 'tap'
import { cpuUse, foreignCores, ownMs, parseMachine, parseStat, quietest } from './foreign-load.ts'

const stat = (pid: number, parent: number, ticks: number): string =>
  `${pid} (a) name (x)) S ${parent} 1 1 0 -1 4194560 100 0 0 0 ${ticks} 2 3 4 20 0 1 0 100 1000 100`

t.test('a process is read whatever its name, with the time of its ended children', async (t) => {
  t.same(parseStat(stat(12, 7, 1)), [{ pid: 12, parent: 7, cpuMs: 100 }])
})

t.test('what is no process is passed over', async (t) => {
  t.same(['', 'cpu  1 2 3', 'self'].flatMap(parseStat), [])
})

t.test('ours are the root and all below it, in whatever order they are listed', async (t) => {
  const stats = [stat(30, 20, 1), stat(20, 10, 1), stat(40, 1, 1), stat(10, 1, 1)].flatMap(parseStat)
  t.equal(ownMs(stats, 10), 300)
})

t.test('foreign is what was busy and not ours', async (t) => {
  const before = { atMs: 0, allMs: 1000, ownMs: 500 }
  t.equal(foreignCores(before, { atMs: 1000, allMs: 3060, ownMs: 2000 }), 0.5)
  t.equal(foreignCores(before, { atMs: 1000, allMs: 1550, ownMs: 1000 }), 0, 'a few ticks are rounding')
  t.equal(foreignCores(before, { atMs: 1000, allMs: 1400, ownMs: 1000 }), 0, 'ticks are coarse')
})

t.test('a machine is busy with all but idling and waiting for disks', async (t) => {
  t.equal(parseMachine('cpu  1 2 4 1000 1000 8 16 32 64 64\ncpu0 9 9 9 9\n'), 630)
})

t.test('this machine is read', async (t) => {
  const { allMs, ownMs: own } = await cpuUse()
  t.ok(own > 0 && own < allMs)
})

t.test('a quiet run is not repeated, a disturbed one as often as allowed', async (t) => {
  let runs = 0
  const run = async (): Promise<number> => ++runs
  t.match(await quietest(run, { attempts: 3, foreignCores: Infinity }), { value: 1 })
  t.equal(runs, 1)
  const { value } = await quietest(run, { attempts: 3, foreignCores: -1 })
  t.equal(runs, 4)
  t.ok(value > 1 && value <= 4)
})
