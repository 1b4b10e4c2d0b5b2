import { readdir, readFile } from 'node:fs/promises'

/** CPU time since boot, ms: of the whole machine, and of this process with all it started. */
export interface CpuUse {
  readonly atMs: number
  readonly allMs: number
  readonly ownMs: number
}

/** Linux only: reads /proc. */
export async function cpuUse(): Promise<CpuUse> {
  const [names, machine, atMs] = [await readdir('/proc'), await readFile('/proc/stat', 'utf8'), performance.now()]
  // A process may have ended since it was listed.
  const texts = await Promise.all(names.map((name) => readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')))
  return { atMs, allMs: parseMachine(machine), ownMs: ownMs(texts.flatMap(parseStat), process.pid) }
}

/** Cores that programs other than ours kept busy between two readings; what may be rounding counts as nothing. */
export function foreignCores(before: CpuUse, after: CpuUse): number {
  const foreignMs = after.allMs - before.allMs - (after.ownMs - before.ownMs)
  return Math.max(0, foreignMs - roundingMs) / (after.atMs - before.atMs)
}

/** The kernel counts in ticks of 10 ms, for each process on its own; half a dozen of ours work. */
const roundingMs = 60

export interface Quietly<T> {
  readonly value: T
  readonly foreignCores: number
}

/**
 * The first of at most `attempts` runs during which other programs used no more than `foreignCores`, else the one with
 * the least of them. The choice does not look at results.
 */
export async function quietest<T>(
  run: () => Promise<T>,
  limits: { readonly attempts: number; readonly foreignCores: number },
): Promise<Quietly<T>> {
  let best: Quietly<T> | undefined
  for (let attempt = 1; ; attempt++) {
    const before = await cpuUse()
    const value = await run()
    const one = { value, foreignCores: foreignCores(before, await cpuUse()) }
    if (best === undefined || one.foreignCores < best.foreignCores) best = one
    if (best.foreignCores <= limits.foreignCores || attempt >= limits.attempts) return best
  }
}

export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** Its own and that of its children that have ended. */
  readonly cpuMs: number
}

/** proc(5): the name in parentheses may hold anything; the state behind it is field 3, counted from 1. */
export function parseStat(text: string): readonly ProcessStat[] {
  const pid = Number.parseInt(text, 10)
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (Number.isNaN(pid) || fields.length < 15) return []
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return [{ pid, parent: Number(fields[1]), cpuMs: ticks * tickMs }]
}

/** USER_HZ is 100 on every Linux that Node runs on. */
const tickMs = 10

/** CPU time of `root` and everything below it. */
export function ownMs(stats: readonly ProcessStat[], root: number): number {
  const ours = new Set([root])
  for (let grown = true; grown;) {
    const found = stats.filter(({ pid, parent }) => !ours.has(pid) && ours.has(parent))
    for (const { pid } of found) ours.add(pid)
    grown = found.length > 0
  }
  return stats.reduce((sum, { pid, cpuMs }) => sum + (ours.has(pid) ? cpuMs : 0), 0)
}

/** First line of /proc/stat, proc(5): all but idle and iowait, with what the host took for others (steal). */
export function parseMachine(text: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = text
    .slice(0, text.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) * tickMs
}
