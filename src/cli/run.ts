import { suggest } from '../config/suggest.ts'
import { ConfigError } from '../errors.ts'
import type { CommandEntry } from './commands.ts'
import { configure } from './configure.ts'
import { exitCodes, type Host } from './host.ts'
import { reportError } from './report-error.ts'
import { runCommand } from './run-command.ts'
import { commandHelp, mainHelp } from './usage.ts'

/** Runs one command line to its exit code; never rejects. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  const [name = 'help', ...rest] = argv
  try {
    if (name === '--version') return print(host, `warmpath ${host.version}\n`)
    if (name === 'help' && rest[0] !== undefined) return await runNamed(rest[0], ['--help'], host)
    if (['help', '--help', '-h'].includes(name)) return print(host, mainHelp(host.commands, helpWidth(host)))
    return await runNamed(name, rest, host)
  } catch (error) {
    const known = host.commands.some((entry) => entry.name === name)
    return reportError(host.stderr, error, {
      help: known ? `warmpath ${name} --help` : 'warmpath --help',
      stack: false,
    })
  }
}

async function runNamed(name: string, argv: readonly string[], host: Host): Promise<number> {
  const entry = host.commands.find((one) => one.name === name)
  if (entry === undefined) throw unknownCommand(name, host.commands)
  const command = await entry.load()
  const configured = await configure(command, argv, host)
  return configured.kind === 'help'
    ? print(host, commandHelp(command, helpWidth(host)))
    : runCommand(command, configured, host)
}

function unknownCommand(name: string, commands: readonly CommandEntry[]): ConfigError {
  const names = commands.map((command) => command.name)
  const expected = suggest(`one of ${names.join(', ')}`, name, names)
  return new ConfigError([{ path: 'command', value: JSON.stringify(name), expected }])
}

function print({ stdout }: Host, text: string): number {
  stdout.write(text)
  return exitCodes.fine
}

function helpWidth({ stdout }: Host): number {
  return Math.min(100, Math.max(80, stdout.columns ?? 80))
}
