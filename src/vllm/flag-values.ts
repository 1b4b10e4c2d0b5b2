import type { FlagUse } from './argparse.ts'
import { type Json, isJsonObject, readJson } from './json-value.ts'
import { readFloat, readInteger, readSize } from './number-text.ts'

/** The value of one use of a flag; `none` is Python's None. */
export type FlagValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'toggle'; readonly on: boolean }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'auto' }
  | { readonly kind: 'json'; readonly json: Json }
  | { readonly kind: 'list'; readonly items: readonly FlagValue[] }
  | { readonly kind: 'fault'; readonly expected: string }

/** Converts the words of a flag as vLLM 0.32 does (vllm/engine/arg_utils.py, _compute_kwargs). */
export function flagValue(use: FlagUse): FlagValue {
  const { takes } = use.flag
  switch (takes) {
    case 'nothing':
    case 'toggle':
      return { kind: 'toggle', on: !use.negated }
    case 'at most one':
      return use.values[0] === undefined ? { kind: 'toggle', on: true } : convert(use, use.values[0])
    case 'one':
      return convert(use, use.values[0] ?? '')
    case 'some': {
      const items = use.values.map((text) => convert(use, text))
      return items.find((item) => item.kind === 'fault') ?? { kind: 'list', items }
    }
  }
}

function convert({ flag }: FlagUse, text: string): FlagValue {
  if (flag.nullable && (text === '' || text === 'None')) return { kind: 'none' }
  switch (flag.value) {
    case 'text':
      return { kind: 'text', text }
    case 'integer':
      return numberValue(readInteger(text), 'a whole number')
    case 'float':
      return numberValue(readFloat(text), 'a number')
    case 'size':
      return numberValue(readSize(text), 'a count such as 4096, 4k or 4K')
    case 'size or auto':
      return /^(?:-1|auto)$/i.test(text.trim())
        ? { kind: 'auto' }
        : numberValue(readSize(text), 'a count such as 4096, 4k or 4K, or auto')
    case 'json':
      return jsonValue(readJson(text), 'JSON')
    case 'config': {
      const json = readJson(withPlainNumbers(text))
      return jsonValue(isJsonObject(json) ? json : undefined, 'a JSON object')
    }
    case 'json or text':
      return /^\s*\{.*\}\s*$/s.test(text) ? jsonValue(readJson(text), 'JSON') : { kind: 'text', text }
  }
}

const numberValue = (number: number | undefined, expected: string): FlagValue =>
  number === undefined ? { kind: 'fault', expected } : { kind: 'number', number }

const jsonValue = (json: Json | undefined, expected: string): FlagValue =>
  json === undefined ? { kind: 'fault', expected } : { kind: 'json', json }

/** `80m` outside of strings is 80000000 (vllm/engine/arg_utils.py 0.32, _expand_json_human_readable_numbers). */
function withPlainNumbers(json: string): string {
  return json
    .split(/("(?:[^"\\]|\\.)*")/s)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replaceAll(/\b\d+(?:\.\d+)?[kKmMgGtT]\b/g, (number) => String(readSize(number) ?? number)),
    )
    .join('')
}
