import type { Shortfall } from '../src/eks/fit.ts'
import { short } from './finding-text.ts'

/** `4 of 8 GPUs, 14162 of 16384 MiB`, what is there before what is needed. */
export const showShortfalls = (shortfalls: readonly Shortfall[]): string => shortfalls.map(show).join(', ')

function show({ resource, needed, available }: Shortfall): string {
  if (typeof needed !== 'number' || typeof available !== 'number') return `unknown ${resource}`
  switch (resource) {
    case 'gpus':
      return `${available} of ${short(needed)} GPUs`
    case 'efas':
      return `${available} of ${short(needed)} EFA`
    case 'cpuMilli':
      return `${short(available / 1000)} of ${short(needed / 1000)} CPUs`
    case 'memoryMiB':
      return `${available} of ${Math.ceil(needed)} MiB`
    default:
      return `${available} of ${needed} ${resource}`
  }
}
