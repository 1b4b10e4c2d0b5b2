import { bytes, choice, decimal, flag, integer, text, type Parsed } from '../config/field.ts'
import { childOf, readOptional, report, type Place } from '../config/document.ts'
import type { InstanceType } from './instance-types.ts'
import type { Sourced } from './sourced.ts'

/** Figures of an instance type, those that an override names. */
export type Figures = Partial<Omit<InstanceType, 'type' | 'category' | 'family' | keyof Sourced>>

const fields = {
  arch: choice(['amd64', 'arm64'], { default: 'amd64', doc: 'Of the CPUs.' }),
  gpuName: text({ default: undefined, doc: 'Value of the label instance-gpu-name.' }),
  gpus: integer({ default: undefined, doc: 'As nvidia.com/gpu counts them.', min: 0, max: 64 }),
  gpuMemory: bytes({ default: undefined, doc: 'Of each GPU.', min: 2 ** 20, max: 2 ** 50 }),
  vCpus: integer({ default: undefined, doc: 'Virtual CPUs.', min: 1, max: 4096 }),
  memory: bytes({ default: undefined, doc: 'Main memory.', min: 2 ** 20, max: 2 ** 50 }),
  allocatableCpuMilli: integer({ default: undefined, doc: 'Left for pods.', min: 1, max: 4_096_000 }),
  allocatableMemory: bytes({ default: undefined, doc: 'Left for pods.', min: 2 ** 20, max: 2 ** 50 }),
  localNvmeGb: integer({ default: undefined, doc: 'Local disks together.', min: 0, max: 1_000_000 }),
  networkMbps: integer({ default: undefined, doc: 'Network bandwidth.', min: 0, max: 100_000_000 }),
  efas: integer({ default: undefined, doc: 'vpc.amazonaws.com/efa devices.', min: 0, max: 256 }),
  mig: flag({ default: false, doc: 'Whether its GPUs can be partitioned.' }),
  usdPerHour: decimal({ default: undefined, doc: 'On demand.', min: 0, max: 100_000 }),
  region: text({ default: 'us-east-1', doc: 'Where the price is asked.' }),
} as const

const sourceField = text({ default: undefined, doc: 'Where the figures are from.' })

export const figureKeys: readonly string[] = Object.keys(fields)
export const sourceKeys: readonly string[] = ['source', 'date']

/** Without those that have problems. `sourced` is for price and allocatable, which carry it. */
export function readFigures(place: Place, sourced: Sourced | undefined): Figures {
  const arch = readOptional(place, 'arch', fields.arch)
  const gpuName = readOptional(place, 'gpuName', fields.gpuName)
  const gpus = readOptional(place, 'gpus', fields.gpus)
  const gpuMemoryMiB = toMiB(readOptional(place, 'gpuMemory', fields.gpuMemory))
  const vCpus = readOptional(place, 'vCpus', fields.vCpus)
  const memoryMiB = toMiB(readOptional(place, 'memory', fields.memory))
  const allocatable = readAllocatable(place, sourced)
  const localNvmeGb = readOptional(place, 'localNvmeGb', fields.localNvmeGb)
  const networkMbps = readOptional(place, 'networkMbps', fields.networkMbps)
  const efas = readOptional(place, 'efas', fields.efas)
  const mig = readOptional(place, 'mig', fields.mig)
  const price = readPrice(place, sourced)
  return {
    ...(arch !== undefined && { arch }),
    ...(gpuName !== undefined && { gpuName }),
    ...(gpus !== undefined && { gpus }),
    ...(gpuMemoryMiB !== undefined && { gpuMemoryMiB }),
    ...(vCpus !== undefined && { vCpus }),
    ...(memoryMiB !== undefined && { memoryMiB }),
    ...(allocatable !== undefined && { allocatable }),
    ...(localNvmeGb !== undefined && { localNvmeGb }),
    ...(networkMbps !== undefined && { networkMbps }),
    ...(efas !== undefined && { efas }),
    ...(mig !== undefined && { mig }),
    ...(price !== undefined && { price }),
  }
}

function readAllocatable(place: Place, sourced: Sourced | undefined): InstanceType['allocatable'] {
  const [cpuKey, memoryKey] = ['allocatableCpuMilli', 'allocatableMemory'] as const
  const cpuMilli = readOptional(place, cpuKey, fields[cpuKey])
  const memoryMiB = toMiB(readOptional(place, memoryKey, fields[memoryKey]))
  const [cpuPlace, memoryPlace] = [childOf(place, cpuKey), childOf(place, memoryKey)]
  if (cpuPlace.raw === undefined && memoryPlace.raw !== undefined) report(cpuPlace, `one, as ${memoryKey} is given`)
  if (memoryPlace.raw === undefined && cpuPlace.raw !== undefined) report(memoryPlace, `one, as ${cpuKey} is given`)
  return cpuMilli === undefined || memoryMiB === undefined || sourced === undefined
    ? undefined
    : { cpuMilli, memoryMiB, ...sourced }
}

function readPrice(place: Place, sourced: Sourced | undefined): InstanceType['price'] {
  const usdPerHour = readOptional(place, 'usdPerHour', fields.usdPerHour)
  const region = readOptional(place, 'region', fields.region) ?? fields.region.default
  if (childOf(place, 'region').raw !== undefined && childOf(place, 'usdPerHour').raw === undefined)
    report(childOf(place, 'usdPerHour'), 'a price, as region is given')
  return usdPerHour === undefined || sourced === undefined ? undefined : { usdPerHour, region, ...sourced }
}

/** Source and date of the file, for entries without their own. */
export interface Inherited {
  readonly sourced: Partial<Sourced>
  /** Which stand there, be it with a mistake. */
  readonly keys: readonly string[]
}

export function readInherited(root: Place): Inherited {
  return { sourced: readSource(root), keys: sourceKeys.filter((key) => childOf(root, key).raw !== undefined) }
}

/** Those of the entry, else those of the file. Reports what neither has. */
export function readSourced(place: Place, inherited: Inherited): Sourced | undefined {
  const { source, date } = { ...inherited.sourced, ...readSource(place) }
  for (const key of sourceKeys)
    if (childOf(place, key).raw === undefined && !inherited.keys.includes(key))
      report(childOf(place, key), `a ${key} of the figures, here or at the top of the file`)
  return source === undefined || date === undefined ? undefined : { source, date }
}

function readSource(place: Place): Partial<Sourced> {
  const source = readOptional(place, 'source', sourceField)
  const date = readOptional(place, 'date', { parse: parseDate })
  return { ...(source !== undefined && { source }), ...(date !== undefined && { date }) }
}

function parseDate(raw: unknown): Parsed<string> {
  const known = typeof raw === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(raw) && isDay(raw)
  return known ? { ok: true, value: raw } : { ok: false, expected: 'a day such as "2026-08-21"' }
}

/** February has no 30th, which `Date` would read as the 2nd of March. */
function isDay(written: string): boolean {
  const day = new Date(`${written}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(written)
}

function toMiB(count: number | undefined): number | undefined {
  return count === undefined ? undefined : Math.floor(count / 2 ** 20)
}
