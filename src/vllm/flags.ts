import { flagGroups, type Takes, type ValueKind } from './flag-table.ts'

export interface Flag {
  /** The long name, such as `--tensor-parallel-size`. */
  readonly name: string
  readonly takes: Takes
  readonly value: ValueKind
  readonly nullable: boolean
}

/** A spelling of a flag that argparse accepts, `--no-` forms included. */
export interface Spelling {
  readonly flag: Flag
  readonly negated: boolean
}

/** Every accepted spelling in vLLM 0.32: long names, `--no-` forms and short names. */
export const spellings: ReadonlyMap<string, Spelling> = new Map(
  flagGroups.flatMap(({ takes, value, nullable, flags }) =>
    flags
      .trim()
      .split(/\s+/)
      .flatMap((names): readonly (readonly [string, Spelling])[] => {
        const all = names.split('/')
        const flag = { name: all[0] ?? names, takes, value, nullable }
        const negative = takes === 'toggle' ? all.filter((name) => name.startsWith('--')) : []
        return [
          ...all.map((name) => [name, { flag, negated: false }] as const),
          ...negative.map((name) => [`--no-${name.slice(2)}`, { flag, negated: true }] as const),
        ]
      }),
  ),
)
