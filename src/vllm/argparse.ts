import type { Argument } from './flexible-arguments.ts'
import { type Flag, spellings } from './flags.ts'
import { isUnresolved, showWord } from './unresolved.ts'

/** One use of a flag, with the words that belong to it. */
export interface FlagUse {
  readonly flag: Flag
  readonly negated: boolean
  readonly values: readonly string[]
  /** The words behind `values`; where the value stands in the same word (`--k=v`), that word. */
  readonly from: readonly number[]
  readonly inline: boolean
  readonly dotted: boolean
}

/** A flag that the table does not have, with the words after it that may be its values. */
export interface UnknownFlag {
  readonly name: string
  readonly values: readonly string[]
}

export interface ParsedArguments {
  readonly uses: readonly FlagUse[]
  readonly model: string | undefined
  readonly unknownFlags: readonly UnknownFlag[]
  /** Words that belong to nothing. vLLM refuses them. */
  readonly extras: readonly string[]
  readonly faults: readonly string[]
  /** Words of unknown text where a flag may stand, so that any flag may be given. */
  readonly wildcards: readonly string[]
}

/**
 * Reads words as Python's argparse does for the parser of `vllm serve` (Lib/argparse.py 3.11 to 3.13,
 * _parse_known_args): a flag takes the words that follow as far as it may, one more word is the model, a long flag may
 * be cut to any prefix that no other has. An unknown flag ends nothing: it is kept with the words up to the next flag.
 */
export function parseArguments(words: readonly Argument[]): ParsedArguments {
  const faults: string[] = []
  const kinds = classify(words, faults)
  const uses: FlagUse[] = []
  const unknownFlags: UnknownFlag[] = []
  const stray: string[] = []
  const wildcards: string[] = []
  let modelAt: number | undefined
  let at = 0
  while (at < words.length) {
    const kind = kinds[at]
    const text = words[at]?.text ?? ''
    at += 1
    if (kind === undefined) continue
    if (kind === 'separator') {
      // Python 3.11 drops it only where it touches the model.
      if (stray.length > 0 && modelAt !== at - 2) stray.push(text)
      continue
    }
    if (kind === 'value') {
      if (stray.length === 0) modelAt = at - 1
      stray.push(text)
      continue
    }
    const following = countValues(kinds, at)
    if (kind.kind === 'unknown') {
      if (isUnresolved(kind.name)) wildcards.push(text)
      const count = kind.inline === undefined ? following : 0
      const values = words.slice(at, at + count).map((word) => word.text)
      unknownFlags.push({ name: kind.name, values: kind.inline === undefined ? values : [kind.inline] })
      at += count
      continue
    }
    const taken = takeValues(kind, following, faults)
    if (taken === undefined) continue
    const own = words.slice(at - 1, at + taken)
    const values = kind.inline === undefined ? own.slice(1).map((word) => word.text) : [kind.inline]
    const { flag, negated } = kind
    const from = own.flatMap((word) => word.from)
    uses.push({ flag, negated, values, from, inline: kind.inline !== undefined, dotted: own[0]?.dotted === true })
    // A list of words may be longer or followed by flags once its unknown text is known.
    if (flag.takes === 'some') wildcards.push(...values.filter(isUnresolved))
    at += taken
  }
  const [model, ...extras] = stray
  return { uses, model, unknownFlags, extras, faults, wildcards: [...wildcards, ...extras.filter(isUnresolved)] }
}

type Kind =
  | 'value'
  | 'separator'
  | {
      readonly kind: 'flag'
      readonly flag: Flag
      readonly negated: boolean
      readonly spelled: string
      readonly inline: string | undefined
    }
  | { readonly kind: 'unknown'; readonly name: string; readonly inline: string | undefined }

function classify(words: readonly Argument[], faults: string[]): readonly Kind[] {
  const separator = words.findIndex(({ text }) => text === '--')
  return words.map(({ text }, index) => {
    if (separator !== -1 && index >= separator) return index === separator ? 'separator' : 'value'
    return classifyWord(text, faults)
  })
}

function classifyWord(text: string, faults: string[]): Kind {
  if (!text.startsWith('-') || text === '-') return 'value'
  const exact = spellings.get(text)
  if (exact !== undefined) return { kind: 'flag', ...exact, spelled: text, inline: undefined }
  const equals = text.indexOf('=')
  const name = equals === -1 ? text : text.slice(0, equals)
  const value = equals === -1 ? undefined : text.slice(equals + 1)
  const before = spellings.get(name)
  if (before !== undefined) return { kind: 'flag', ...before, spelled: name, inline: value }
  const matches = text.startsWith('--') ? longMatches(name, value) : shortMatches(text)
  if (matches.length > 1) {
    faults.push(`${showWord(text)} may be ${matches.map(({ spelled }) => spelled).join(' or ')}`)
    return { kind: 'unknown', name, inline: value }
  }
  const [match] = matches
  if (match !== undefined) return match
  if (/^-\d+$|^-\d*\.\d+$/.test(text) || text.includes(' ')) return 'value'
  return { kind: 'unknown', name, inline: value }
}

type KnownFlag = Exclude<Kind, string | { readonly kind: 'unknown' }>

const longMatches = (prefix: string, inline: string | undefined): readonly KnownFlag[] =>
  [...spellings]
    .filter(([name]) => name.startsWith(prefix))
    .map(([spelled, spelling]) => ({ kind: 'flag', ...spelling, spelled, inline }))

/** `-q8` is `-q 8`, because one letter is a flag by itself; `-tp8` is nothing. */
function shortMatches(text: string): readonly KnownFlag[] {
  const letter = text.slice(0, 2)
  return [...spellings].flatMap(([spelled, spelling]): readonly KnownFlag[] => {
    if (spelled === letter) return [{ kind: 'flag', ...spelling, spelled, inline: text.slice(2) }]
    return spelled.startsWith(text) ? [{ kind: 'flag', ...spelling, spelled, inline: undefined }] : []
  })
}

function countValues(kinds: readonly Kind[], from: number): number {
  let at = from
  while (kinds[at] === 'value') at += 1
  return at - from
}

/** How many of the words that follow the flag are its own; `undefined` and a fault where they do not fit. */
function takeValues(use: KnownFlag, following: number, faults: string[]): number | undefined {
  const { takes } = use.flag
  if (use.inline !== undefined) {
    if (takes !== 'nothing' && takes !== 'toggle') return 0
    faults.push(`${use.spelled} takes no value, found ${JSON.stringify(showWord(use.inline))}`)
    return undefined
  }
  switch (takes) {
    case 'nothing':
    case 'toggle':
      return 0
    case 'at most one':
      return Math.min(following, 1)
    case 'one':
    case 'some':
      if (following > 0) return takes === 'one' ? 1 : following
      faults.push(`${use.spelled} without a value`)
      return undefined
  }
}
