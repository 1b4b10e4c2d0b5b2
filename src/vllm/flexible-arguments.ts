import { isJsonObject, type Json, type JsonObject, maxJsonDepth, mergeJson, readJson } from './json-value.ts'
import { readSize } from './number-text.ts'
import { isUnresolved } from './unresolved.ts'

/** A word for argparse, and the places in the command line that it was made of. */
export interface Argument {
  readonly text: string
  readonly from: readonly number[]
  /** Made from dotted flags (`--kv-events-config.topic x`). */
  readonly dotted?: true
}

export interface FlexibleArguments {
  readonly words: readonly Argument[]
  /** The file of `--config FILE`, whose lines vLLM puts among the flags. */
  readonly configFile: string | undefined
  readonly faults: readonly string[]
}

/**
 * What vLLM does with the words after `serve` before argparse sees them
 * (vllm/utils/argparse_utils.py 0.32, FlexibleArgumentParser.parse_args): `--model` becomes the positional model,
 * `--config FILE` is taken out, `--a_b` becomes `--a-b`, `-O3` becomes `--optimization-level 3`, and dotted flags
 * become one JSON value per flag behind all other words, so that they replace a JSON value of the same flag.
 */
export function flexibleArguments(argv: readonly string[], form: 'serve' | 'module'): FlexibleArguments {
  const faults: string[] = []
  const given = argv.map((text, index) => ({ text, from: [index] }))
  const modelFirst = form === 'serve' ? moveModel(given, faults) : given
  const { rest, configFile } = takeConfigFile(modelFirst, faults)
  return { words: joinDotted(rest.flatMap(dashed), faults), configFile, faults }
}

function moveModel(words: readonly Argument[], faults: string[]): readonly Argument[] {
  const at = words.findIndex(({ text }) => /^--model(?:=.+|$)/s.test(text))
  const word = words[at]
  const moved = word === undefined ? words : withModelFirst(words, { word, at }, faults)
  if (
    moved[0]?.text.startsWith('-') === true &&
    !moved.some(({ text }) => /^--config(?:=.+|$)/s.test(text)) &&
    moved.some(({ text }) => /^--served[-_]model[-_]name(?:=.+|$)/s.test(text))
  ) {
    faults.push('--served-model-name without a model: the model must be the first word after serve')
  }
  return moved
}

function withModelFirst(
  words: readonly Argument[],
  { word, at }: { readonly word: Argument; readonly at: number },
  faults: string[],
): readonly Argument[] {
  if (word.text !== '--model') {
    return [{ ...word, text: word.text.slice('--model='.length) }, ...words.slice(0, at), ...words.slice(at + 1)]
  }
  const value = words[at + 1]
  if (value === undefined) {
    faults.push('--model without a value')
    return words
  }
  return [{ ...value, from: [...word.from, ...value.from] }, ...words.slice(0, at), ...words.slice(at + 2)]
}

function takeConfigFile(
  words: readonly Argument[],
  faults: string[],
): { readonly rest: readonly Argument[]; readonly configFile: string | undefined } {
  const at = words.findIndex(({ text }) => text === '--config')
  if (at === -1) return { rest: words, configFile: undefined }
  if (words.filter(({ text }) => text === '--config').length > 1) faults.push('--config more than once')
  const file = words[at + 1]
  if (file === undefined) faults.push('--config without a file')
  else if (!/\.ya?ml$/.test(file.text) && !isUnresolved(file.text)) {
    faults.push(`--config ${JSON.stringify(file.text)}: expected a file that ends in .yaml or .yml`)
  }
  return { rest: [...words.slice(0, at), ...words.slice(at + 2)], configFile: file?.text ?? '' }
}

function dashed(word: Argument, index: number, words: readonly Argument[]): readonly Argument[] {
  const { text, from } = word
  if (text.startsWith('--help=')) return [{ text: '--help', from }]
  if (text.startsWith('--')) return [{ text: withDashes(text), from }]
  if (text.startsWith('-O') && text !== '-O') {
    return [
      { text: '--optimization-level', from },
      { text: text.slice(text[2] === '=' ? 3 : 2), from },
    ]
  }
  const isLevel = text === '-O' && /^[0-3]$/.test(words[index + 1]?.text ?? '')
  return isLevel ? [{ text: '--optimization-level', from }] : [word]
}

/** Underscores up to the first dot, and only in the name. */
function withDashes(text: string): string {
  const [, name = '', rest = ''] = /^(--[^.=]*)(.*)$/s.exec(text) ?? []
  return name.replaceAll('_', '-') + rest
}

function joinDotted(words: readonly Argument[], faults: string[]): readonly Argument[] {
  const plain: Argument[] = []
  const byFlag = new Map<string, { readonly from: readonly number[]; readonly value: JsonObject }>()
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]
    if (word === undefined) break
    const found = dottedFlag(word.text)
    if (found === undefined) {
      plain.push(word)
      continue
    }
    // The word after it is its value, whatever it looks like.
    const value = found.value === undefined ? words[(at += 1)] : undefined
    const text = found.value ?? value?.text
    if (text === undefined) faults.push(`${found.name} without a value`)
    else if (found.name.split('.').length > maxJsonDepth / 2) faults.push(`${found.name}: more dots than we follow`)
    else {
      const { flag, nested } = nestedValue(found.name, text)
      const before = byFlag.get(flag) ?? { from: [], value: {} }
      const from = [...before.from, ...word.from, ...(value?.from ?? [])]
      byFlag.set(flag, { from, value: mergeJson(before.value, nested) })
    }
  }
  const joined = [...byFlag].flatMap(([flag, { from, value }]): readonly Argument[] => [
    { text: flag, from, dotted: true },
    { text: JSON.stringify(value), from, dotted: true },
  ])
  return [...plain, ...joined]
}

/** Also of `-1.5`, which vLLM takes for the flag `-1` with the key `5`. */
function dottedFlag(text: string): { readonly name: string; readonly value: string | undefined } | undefined {
  if (!text.startsWith('-')) return undefined
  const equals = text.indexOf('=')
  const name = equals === -1 ? text : text.slice(0, equals)
  return name.includes('.') ? { name, value: equals === -1 ? undefined : text.slice(equals + 1) } : undefined
}

function nestedValue(name: string, text: string): { readonly flag: string; readonly nested: JsonObject } {
  const isList = name.endsWith('+')
  const [flag = '', ...keys] = (isList ? name.slice(0, -1) : name).split('.')
  const value: Json = isList ? text.split(',') : jsonOrText(text)
  const nested = keys.reduceRight<Json>((inner, key) => Object.fromEntries([[key, inner]]), value)
  return { flag, nested: isJsonObject(nested) ? nested : {} }
}

function jsonOrText(text: string): Json {
  const json = readJson(text)
  return json === undefined ? (readSize(text) ?? text) : json
}
