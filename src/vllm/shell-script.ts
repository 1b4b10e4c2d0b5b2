import { parseShell, type ShellCommand, type ShellWord, type WordPart } from './shell-words.ts'
import { type KnownValues, splitBlanks, unresolvedMark } from './unresolved.ts'

export interface ScriptValues {
  readonly variables: KnownValues
  /** `$0`, `$1` and so on: the words behind the script of `sh -c`. */
  readonly positional: readonly string[]
}

/**
 * The commands of a script as words, in order. Variables get the container's values or what the script assigned before;
 * an assignment that may not have run (in a branch, a loop, behind `&&`) and anything that has to run to be known
 * leave unresolved marks.
 */
export function commandsOf(script: string, values: ScriptValues): readonly (readonly string[])[] {
  const variables = new Map(values.variables)
  let nesting = 0
  return parseShell(script).map((command) => {
    const words = command.words.map((word) => expandWord(word, { ...values, variables }))
    const first = command.words.findIndex((word) => assignment(word) === undefined)
    const reserved = literal(command.words[0])
    nesting += opening.has(reserved) ? 1 : 0
    const sure = nesting === 0 && !conditional.has(command.after)
    nesting = Math.max(0, nesting - (closing.has(reserved) ? 1 : 0))
    assign(command, first, { variables, values, sure })
    return words.slice(Math.max(0, first)).flat()
  })
}

const opening: ReadonlySet<string> = new Set(['if', 'for', 'while', 'until', 'case', '{'])
const closing: ReadonlySet<string> = new Set(['fi', 'done', 'esac', '}'])
const conditional: ReadonlySet<string> = new Set(['&&', '||', '|', '('])
const declarations: ReadonlySet<string> = new Set(['export', 'declare', 'local', 'readonly', 'typeset'])

interface Assigning {
  readonly variables: Map<string, string>
  readonly values: ScriptValues
  readonly sure: boolean
}

/** Assignments before a command hold for that command alone; we let vLLM's flags see neither them nor `read`. */
function assign(command: ShellCommand, first: number, { variables, values, sure }: Assigning): void {
  const head = literal(command.words[Math.max(0, first)])
  const reader = ['read', 'mapfile', 'for', 'getopts', 'unset'].includes(head)
  if (reader) for (const word of command.words.slice(1)) variables.delete(literal(word))
  const declared = first !== -1 && declarations.has(head)
  if (first !== -1 && !declared) return forgetNested(command, variables)
  for (const word of command.words) {
    const found = assignment(word)
    if (found === undefined) continue
    const [value] = expandWord(found.value, { ...values, variables }, 'whole')
    if (sure && value !== undefined) variables.set(found.name, value)
    else variables.delete(found.name)
  }
}

/** `then X=1` and `do X=1` are assignments behind a reserved word. */
function forgetNested(command: ShellCommand, variables: Map<string, string>): void {
  if (!['then', 'do', 'else', '{', '!', 'time'].includes(literal(command.words[0]))) return
  for (const word of command.words.slice(1)) {
    const found = assignment(word)
    if (found !== undefined) variables.delete(found.name)
  }
}

function assignment(word: ShellWord): { readonly name: string; readonly value: ShellWord } | undefined {
  const [head, ...rest] = word
  if (head?.kind !== 'text') return undefined
  const [, name, text] = /^([A-Za-z_]\w*)\+?=(.*)$/s.exec(head.text) ?? []
  if (name === undefined || text === undefined) return undefined
  const appended = head.text.startsWith(`${name}+`)
  const before: readonly WordPart[] = appended ? [{ kind: 'variable', name, quoted: true }] : []
  return { name, value: [...before, { kind: 'text', text }, ...rest] }
}

function literal(word: ShellWord | undefined): string {
  return word?.map((part) => (part.kind === 'text' ? part.text : '$')).join('') ?? ''
}

/** The fields of a word (POSIX.1-2024 XCU 2.6); with `whole` it is not split, as in an assignment. */
function expandWord(word: ShellWord, values: ScriptValues, split: 'fields' | 'whole' = 'fields'): readonly string[] {
  const fields: string[] = []
  let open: string | undefined
  const add = (text: string) => (open = (open ?? '') + text)
  const addSplit = (texts: readonly string[]) =>
    texts.forEach((text, index) => {
      if (index > 0 && open !== undefined) fields.push(open)
      if (index > 0) open = undefined
      add(text)
    })
  for (const part of word) {
    const texts = partTexts(part, values)
    const quoted = split === 'whole' || part.kind === 'text' || part.quoted
    if (part.kind === 'positional' && part.all) addSplit(texts)
    else if (quoted) add(texts.join(' '))
    else for (const text of texts) addSplit(splitBlanks(text))
  }
  return open === undefined ? fields : [...fields, open]
}

function partTexts(part: WordPart, { variables, positional }: ScriptValues): readonly string[] {
  switch (part.kind) {
    case 'text':
      return [part.text]
    case 'variable':
      return [variables.get(part.name) ?? unresolvedMark(`$${part.name}`)]
    case 'positional':
      return part.all ? positional.slice(1) : [positional[part.index] ?? '']
    case 'opaque':
      return [unresolvedMark(part.source)]
  }
}
