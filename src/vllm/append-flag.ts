import type { FlagUse } from './argparse.ts'
import { type CommandLine, parseCommandLine } from './command-line.ts'
import type { ContainerCommand, FoundServer } from './find-command.ts'
import { flagValue } from './flag-values.ts'
import { isJsonObject, type Json, type JsonObject, readJson, sameJson } from './json-value.ts'
import { escapeReferences } from './kubernetes-references.ts'
import { showWord } from './unresolved.ts'

export interface FlagToAppend {
  /** The long name, such as `--kv-events-config`. */
  readonly flag: string
  /** `toggle` for a flag without a value. An object is merged into a JSON value that the flag has already. */
  readonly value: 'toggle' | { readonly text: string } | { readonly json: JsonObject }
}

export type FlagEdit =
  | {
      readonly kind: 'appended' | 'merged'
      readonly command: readonly string[]
      readonly args: readonly string[]
    }
  /** The command line says something on it already, and that stays. */
  | { readonly kind: 'present' }
  | { readonly kind: 'left'; readonly why: string }

/**
 * Gives the container's lists with one more flag. What the user wrote wins: a flag that is there stays as it is, and of
 * a JSON object only the missing keys are added, in the place and the form of the user's value, so that no flag comes
 * twice. A flag is appended only where our parser then reads it and reads all else as before.
 */
export function appendFlag(container: ContainerCommand, server: FoundServer, addition: FlagToAppend): FlagEdit {
  const { flag, value } = addition
  const use = server.line.uses.findLast((one) => one.flag.name === flag)
  if (use === undefined) return appendNew(container, server, addition)
  if (value === 'toggle' || 'text' in value) return { kind: 'present' }
  const current = flagValue(use)
  if (current.kind === 'none') return { kind: 'present' }
  if (
    current.kind === 'json' &&
    isJsonObject(current.json) &&
    sameJson(fillIn(current.json, value.json), current.json)
  ) {
    return { kind: 'present' }
  }
  return use.dotted
    ? appendDotted(container, server, { use, flag, json: value.json })
    : replaceJson(container, server, { use, flag, json: value.json })
}

function appendNew(container: ContainerCommand, server: FoundServer, { flag, value }: FlagToAppend): FlagEdit {
  const { hidden } = server.line
  if (hidden !== undefined) return { kind: 'left', why: `${flag}: ${hidden}` }
  return appendWords(container, server, { flag, words: wordsOf(flag, value), kind: 'appended' })
}

function wordsOf(flag: string, value: FlagToAppend['value']): readonly string[] {
  if (value === 'toggle') return [flag]
  const text = 'text' in value ? value.text : JSON.stringify(value.json)
  // A value with a dash in front would be a flag if it stood alone.
  return text.startsWith('-') ? [`${flag}=${text}`] : [flag, text]
}

interface NewWords {
  readonly flag: string
  /** As vLLM shall see them; references are escaped for the kubelet here. */
  readonly words: readonly string[]
  readonly kind: 'appended' | 'merged'
}

function appendWords(container: ContainerCommand, server: FoundServer, { flag, words, kind }: NewWords): FlagEdit {
  const { editable, argv, form, line } = server
  if (editable.list === undefined) return { kind: 'left', why: `${flag}: ${editable.why}` }
  const after = parseCommandLine([...argv, ...words], form)
  const others = (uses: readonly FlagUse[]) => JSON.stringify(uses.filter((use) => use.flag.name !== flag))
  const count = (uses: readonly FlagUse[]) => uses.filter((use) => use.flag.name === flag).length
  const isRead = count(after.uses) === count(line.uses) + (kind === 'appended' ? 1 : 0)
  if (!isRead || others(after.uses) !== others(line.uses) || !isSame(after, line)) {
    const last = showWord(argv.at(-1) ?? '')
    return { kind: 'left', why: `${flag}: behind ${JSON.stringify(last)} it would be read as something else` }
  }
  const escaped = words.map(escapeReferences)
  return {
    kind,
    command: editable.list === 'command' ? [...container.command, ...escaped] : container.command,
    args: editable.list === 'args' ? [...container.args, ...escaped] : container.args,
  }
}

/** A command line that vLLM refused has to stay refused: a lone `--model` takes the next word. */
const isSame = (after: CommandLine, before: CommandLine): boolean =>
  JSON.stringify([after.model, after.problems]) === JSON.stringify([before.model, before.problems])

interface JsonToMerge {
  readonly use: FlagUse
  readonly flag: string
  readonly json: JsonObject
}

/** Dotted flags replace the flag's JSON value as a whole, so the missing keys have to be dotted flags too. */
function appendDotted(container: ContainerCommand, server: FoundServer, { use, flag, json }: JsonToMerge): FlagEdit {
  const theirs = readJson(use.values[0] ?? '')
  const missing = isJsonObject(theirs) ? missingPaths(theirs, json) : []
  if (missing.some(({ path }) => path.some((key) => !/^[\w-]+$/.test(key)))) {
    return { kind: 'left', why: `${flag}: a key of ours cannot be written with dots` }
  }
  const words = missing.map(({ path, value }) => `${flag}.${path.join('.')}=${JSON.stringify(value)}`)
  return appendWords(container, server, { flag, words, kind: 'merged' })
}

function replaceJson(container: ContainerCommand, server: FoundServer, { use, flag, json }: JsonToMerge): FlagEdit {
  const place = server.places[use.from.at(-1) ?? -1]
  const list = [...container.command, ...container.args]
  const word = place === undefined ? undefined : list[place]
  if (place === undefined || word === undefined) {
    return { kind: 'left', why: `${flag}: ${server.editable.list === undefined ? server.editable.why : 'not found'}` }
  }
  const head = use.inline ? word.slice(0, word.indexOf('=') + 1) : ''
  // The user's own text, not what the kubelet makes of it: references have to stay references.
  const theirs = readJson(word.slice(head.length))
  const ours = readJson(escapeReferences(JSON.stringify(json)))
  if (!isJsonObject(theirs) || !isJsonObject(ours)) return { kind: 'left', why: `${flag}: its value is no JSON object` }
  const merged = fillIn(theirs, ours)
  if (sameJson(merged, theirs)) return { kind: 'present' }
  const edited = list.with(place, head + JSON.stringify(merged))
  const { length } = container.command
  return { kind: 'merged', command: edited.slice(0, length), args: edited.slice(length) }
}

/** `theirs` with the keys that only `ours` has. */
function fillIn(theirs: JsonObject, ours: JsonObject): JsonObject {
  const filled = new Map(Object.entries(theirs))
  for (const [key, value] of Object.entries(ours)) {
    const before = filled.get(key)
    if (before === undefined) filled.set(key, value)
    else if (isJsonObject(before) && isJsonObject(value)) filled.set(key, fillIn(before, value))
  }
  return Object.fromEntries(filled)
}

interface MissingPath {
  readonly path: readonly string[]
  readonly value: Json
}

function missingPaths(theirs: JsonObject, ours: JsonObject): readonly MissingPath[] {
  const entries = new Map(Object.entries(theirs))
  return Object.entries(ours).flatMap(([key, value]): readonly MissingPath[] => {
    const before = entries.get(key)
    if (before === undefined) return [{ path: [key], value }]
    if (!isJsonObject(before) || !isJsonObject(value)) return []
    return missingPaths(before, value).map((inner) => ({ path: [key, ...inner.path], value: inner.value }))
  })
}
