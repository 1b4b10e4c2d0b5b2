import { parseCommandLine, type CommandForm, type CommandLine } from './command-line.ts'
import { type EnvEntry, expandReferences, literalValues } from './kubernetes-references.ts'
import {
  cliModule,
  cliPrograms,
  namingPrograms,
  otherSubcommands,
  reservedWords,
  serverImages,
  serverModules,
  shells,
} from './server-programs.ts'
import { commandsOf } from './shell-script.ts'
import { isUnresolved, type KnownValues, showWord, unresolvedMark } from './unresolved.ts'

/** The fields of a container that say what it runs; empty lists where the pod has none. */
export interface ContainerCommand {
  readonly image: string
  readonly command: readonly string[]
  readonly args: readonly string[]
  readonly env: readonly EnvEntry[]
}

/** The list at whose end flags may be put, or why there is none. */
export type Editable = { readonly list: 'args' | 'command' } | { readonly list: undefined; readonly why: string }

export interface FoundServer {
  readonly kind: 'server'
  readonly form: CommandForm
  /** What it was known by, such as `vllm serve`. */
  readonly program: string
  readonly where: 'command' | 'args' | 'image' | 'shell'
  /** The words behind the program, with their references replaced (unresolved.ts marks what is not known). */
  readonly argv: readonly string[]
  readonly line: CommandLine
  /** It runs engines without an HTTP port. */
  readonly headless: boolean
  readonly editable: Editable
  /** For each word of `argv` its place in command followed by args; empty for a shell script. */
  readonly places: readonly number[]
}

export type FoundCommand =
  | FoundServer
  | { readonly kind: 'other'; readonly program: string }
  | { readonly kind: 'none' }

/**
 * Finds the vLLM server that a container runs: `vllm serve`, `vllm-rs serve` or a server module of Python, behind
 * any path and any wrapper (`numactl`, `uv run`, `tini --`), inside `sh -c` scripts, or as the ENTRYPOINT of a known
 * image. A program of vLLM that serves nothing (`vllm bench`) is `other`.
 */
export function findCommand(container: ContainerCommand): FoundCommand {
  const raw = [...container.command, ...container.args]
  // Most command lines refer to nothing, and a pod may have hundreds of variables.
  const known = raw.some((word) => word.includes('$'))
    ? literalValues(container.env, asMark)
    : new Map<string, string>()
  const words = raw.map((word) => expandReferences(word, known, asMark))
  const found = findInWords(words, { raw, known, depth: 0 })
  if (found !== undefined) return found.kind === 'server' ? toServer(found, container) : found
  if (container.command.length > 0 || !isServerImage(container.image)) return { kind: 'none' }
  const places = words.map((_, index) => index)
  const entry = { kind: 'server', form: 'serve', program: 'vllm serve', argv: words, places, inShell: false } as const
  return toServer(entry, container)
}

interface Hit {
  readonly kind: 'server'
  readonly form: CommandForm
  readonly program: string
  readonly argv: readonly string[]
  readonly places: readonly number[]
  readonly inShell: boolean
}

type Found = Hit | { readonly kind: 'other'; readonly program: string } | undefined

interface Surroundings {
  /** The words before the kubelet's replacement; a shell sees `$(NAME)` where the kubelet cannot replace it. */
  readonly raw: readonly string[]
  readonly known: KnownValues
  readonly depth: number
}

/** A script in a script in a script is as deep as we look. */
const maxDepth = 3

const asMark = (name: string): string => unresolvedMark(`$(${name})`)

function findInWords(words: readonly string[], around: Surroundings): Found {
  const head = words.find((word) => !reservedWords.has(word))
  if (namingPrograms.has(baseOf(head))) return undefined
  let other: Found
  for (let at = 0; at < words.length; at += 1) {
    const found = programAt(words, at)
    if (found?.kind === 'server') {
      const places = words.slice(found.next).map((_, index) => found.next + index)
      const { form, program } = found
      return { kind: 'server', form, program, argv: words.slice(found.next), places, inShell: around.depth > 0 }
    }
    other ??= found
    if (shells.has(baseOf(words[at]))) {
      const inside = findInShell(words, at, around)
      if (inside !== undefined) return inside
    }
  }
  return other
}

type Program =
  | { readonly kind: 'server'; readonly form: CommandForm; readonly program: string; readonly next: number }
  | { readonly kind: 'other'; readonly program: string }

function programAt(words: readonly string[], at: number): Program | undefined {
  const word = words[at] ?? ''
  const next = words[at + 1] ?? ''
  const base = baseOf(word)
  if (word === '-m' && serverModules.has(next)) {
    return { kind: 'server', form: 'module', program: `python -m ${next}`, next: at + 2 }
  }
  if (word === '-m' && next === cliModule) return subcommand(`python -m ${cliModule}`, words[at + 2], at + 3)
  if (word === '-m' && next.startsWith('vllm.')) return { kind: 'other', program: `python -m ${next}` }
  return cliPrograms.has(base) ? subcommand(base, next, at + 2) : undefined
}

function subcommand(program: string, name: string | undefined, next: number): Program | undefined {
  if (name === 'serve') return { kind: 'server', form: 'serve', program: `${program} serve`, next }
  return otherSubcommands.has(name ?? '') ? { kind: 'other', program: `${program} ${name}` } : undefined
}

/** `sh -c SCRIPT`, also with the options in one word as in `bash -lc SCRIPT`. */
function findInShell(words: readonly string[], shell: number, around: Surroundings): Found {
  if (around.depth >= maxDepth) return undefined
  const flag = words.findIndex((word, at) => at > shell && /^-[a-zA-Z]*c[a-zA-Z]*$/.test(word))
  const between = words.slice(shell + 1, Math.max(shell + 1, flag))
  // Only options may stand between; `-o` has a word behind it.
  if (
    flag === -1 ||
    between.some((word, at) => !/^[-+]/.test(word) && !/^[-+][a-zA-Z]*o$/.test(between[at - 1] ?? ''))
  ) {
    return undefined
  }
  const { known } = around
  const raw = around.raw[flag + 1] ?? ''
  const script = around.depth === 0 ? expandReferences(raw, known, (name) => `$(${name})`) : raw
  const positional = words.slice(flag + 2)
  let other: Found
  for (const command of commandsOf(script, { variables: known, positional })) {
    const found = findInWords(command, { raw: command, known, depth: around.depth + 1 })
    if (found?.kind === 'server') return { ...found, places: [] }
    other ??= found
  }
  return other
}

/** `/opt/venv/bin/vllm` is `vllm`. */
const baseOf = (word: string | undefined): string => word?.slice(word.lastIndexOf('/') + 1) ?? ''

function isServerImage(image: string): boolean {
  const [name = ''] = image.split('@')
  const base = baseOf(name).split(':')[0]
  return serverImages.some(({ basename }) => basename === base)
}

function toServer({ inShell, ...hit }: Hit, container: ContainerCommand): FoundServer {
  const line = parseCommandLine(hit.argv, hit.form)
  const { headless } = line.settings
  return {
    ...hit,
    line,
    where: inShell ? 'shell' : placeOf(hit, container),
    headless: headless.kind === 'given' && headless.value,
    editable: inShell ? { list: undefined, why: 'its command line is in a shell script' } : editableOf(hit, container),
  }
}

function placeOf({ argv }: Pick<Hit, 'argv'>, { command, args }: ContainerCommand): 'command' | 'args' | 'image' {
  const before = command.length + args.length - argv.length
  if (before === 0) return 'image'
  return before <= command.length ? 'command' : 'args'
}

function editableOf({ argv }: Pick<Hit, 'argv'>, { command, args }: ContainerCommand): Editable {
  const last = argv.at(-1) ?? ''
  if (argv.includes('--')) return { list: undefined, why: 'words behind "--" are no flags' }
  // vLLM takes the next word for the value of a dotted flag, whatever it is (argparse_utils.py 0.32).
  if (/^-[^=]*\./.test(last) && !last.includes('=')) {
    return { list: undefined, why: `the last word ${JSON.stringify(showWord(last))} has no value` }
  }
  if (argv.length > 0 && isUnresolved(last) && last.startsWith('-') && !last.includes('=')) {
    return { list: undefined, why: `the last word ${JSON.stringify(showWord(last))} may want a value` }
  }
  return { list: args.length === 0 && command.length > 0 ? 'command' : 'args' }
}
