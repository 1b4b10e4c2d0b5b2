import { type FlagUse, parseArguments, type ParsedArguments, type UnknownFlag } from './argparse.ts'
import { flagValue } from './flag-values.ts'
import { flexibleArguments } from './flexible-arguments.ts'
import {
  readModelFlag,
  readServedModelNames,
  readSettings,
  type Setting,
  type Settings,
  type Unnamed,
} from './settings.ts'
import { isUnresolved, showWord } from './unresolved.ts'

/** `vllm serve` and `python -m vllm.entrypoints…` read the same flags, but find their model in different places. */
export type CommandForm = 'serve' | 'module'

/** Words that vLLM 0.32 ends over (`refused`) or starts without heeding (`ignored`). */
export interface Problem {
  readonly effect: 'refused' | 'ignored'
  readonly problem: string
}

export interface CommandLine {
  readonly model: Setting<string>
  readonly servedModelNames: Setting<readonly string[]>
  readonly settings: Settings
  /** Every use of a known flag in the order vLLM takes them; the last of a flag counts. */
  readonly uses: readonly FlagUse[]
  readonly unknownFlags: readonly UnknownFlag[]
  readonly problems: readonly Problem[]
  /** Why flags may be set that the words do not show, as by `--config FILE`. */
  readonly hidden: string | undefined
}

/**
 * Reads the words behind `vllm serve` (or behind the module's name) as vLLM 0.32 does. Never throws: what vLLM would
 * refuse is a problem, a flag that it does not have is kept. Values that only the running pod knows are marked in the
 * words (unresolved.ts) and come out as unknown.
 */
export function parseCommandLine(argv: readonly string[], form: CommandForm = 'serve'): CommandLine {
  const { words, configFile, faults } = flexibleArguments(argv, form)
  const parsed = parseArguments(words)
  const unnamed = { uses: parsed.uses, hidden: hiddenBy(parsed, configFile) }
  const model = findModel(parsed, unnamed, form)
  return Object.freeze({
    model,
    servedModelNames: readServedModelNames(unnamed, model),
    settings: Object.freeze(readSettings(unnamed)),
    uses: parsed.uses,
    unknownFlags: parsed.unknownFlags,
    problems: [...faults.map(refused), ...problemsOf(parsed), ...ignoredWords(parsed, form)],
    hidden: unnamed.hidden,
  })
}

/** vllm/config/model.py 0.32. */
const defaultModel = 'Qwen/Qwen3-0.6B'

function hiddenBy({ wildcards }: ParsedArguments, configFile: string | undefined): string | undefined {
  if (configFile !== undefined) return `--config ${showWord(configFile)} may set it`
  const [wildcard] = wildcards
  return wildcard === undefined ? undefined : `${showWord(wildcard)} may set it`
}

function findModel(parsed: ParsedArguments, unnamed: Unnamed, form: CommandForm): Setting<string> {
  const { model, unknownFlags } = parsed
  if (form === 'serve' && model !== undefined) {
    return isUnresolved(model)
      ? { kind: 'unknown', why: `${showWord(model)}: its value is not in the pod` }
      : { kind: 'given', value: model }
  }
  const named = readModelFlag(unnamed, defaultModel)
  const owner = unknownFlags.find(({ values }) => values.length > 0)
  if (form === 'module' || named.kind !== 'default' || owner === undefined) return named
  return { kind: 'unknown', why: `${owner.values.map(showWord).join(' ')} may be the model or belong to ${owner.name}` }
}

function problemsOf({ uses, faults, extras }: ParsedArguments): readonly Problem[] {
  const wrong = uses.flatMap((use) => {
    if (use.values.some(isUnresolved)) return []
    const value = flagValue(use)
    const words = JSON.stringify(use.values.join(' '))
    return value.kind === 'fault' ? [`${use.flag.name} ${words}: expected ${value.expected}`] : []
  })
  const stray = extras.filter((word) => !isUnresolved(word)).map((word) => `${JSON.stringify(word)} belongs to no flag`)
  const help = uses.some(({ flag }) => flag.name === '--help') ? ['--help prints the flags and ends'] : []
  return [...faults, ...wrong, ...stray, ...help].map(refused)
}

function ignoredWords({ uses, model }: ParsedArguments, form: CommandForm): readonly Problem[] {
  // Only the two words `--config FILE` are looked for (argparse_utils.py 0.32: `if "--config" in args`).
  const config = uses
    .filter(({ flag }) => flag.name === '--config')
    .map(({ values }) => `--config=${showWord(values[0] ?? '')} is not read: the file must be a word of its own`)
  const positional =
    form === 'module' && model !== undefined ? [`${showWord(model)} is not read: the module wants --model`] : []
  return [...config, ...positional].map((problem) => ({ effect: 'ignored', problem }))
}

const refused = (problem: string): Problem => ({ effect: 'refused', problem })
