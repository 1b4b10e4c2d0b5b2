import { columns, optionsHelp, wrap } from '../config/help.ts'
import type { Argument, Command } from './command.ts'
import type { CommandEntry } from './commands.ts'
import { commonFields } from './common-fields.ts'

/** `warmpath --help` */
export function mainHelp(commands: readonly CommandEntry[], width: number): string {
  const entries = commands.map(({ name, summary }) => ({ left: name, right: summary }))
  return sections([
    'Usage: warmpath <command> [options]',
    `Commands:\n${columns(entries, width)}`,
    wrap(
      '"warmpath <command> --help" lists the options of a command; "warmpath --version" prints the version.',
      width,
    ).join('\n'),
  ])
}

/** `warmpath <command> --help` */
export function commandHelp(command: Command, width: number): string {
  const { name, summary, fields, examples = [], arguments: parameters = [] } = command
  const rules =
    'Every option is also a variable and a key of the --config file: --log-level, WARMPATH_LOG_LEVEL, logLevel. ' +
    'The command line wins over variables, variables over the file.'
  return sections([
    `Usage: warmpath ${name} ${command.usage ?? defaultUsage(parameters)}`,
    wrap(summary, width).join('\n'),
    titled('Arguments', columns(parameters.map(toColumns), width)),
    titled('Options', optionsHelp(fields, width)),
    titled('Common options', `${optionsHelp(commonFields, width)}\n${columns([helpColumns], width)}`),
    wrap(rules, width).join('\n'),
    titled('Examples', examples.map((example) => `  ${example}`).join('\n')),
  ])
}

const helpColumns = { left: '-h, --help', right: 'Print this text.' }

function defaultUsage(parameters: readonly Argument[]): string {
  const names = parameters.map(({ name, optional }) => (optional === true ? `[${name}]` : name))
  return [...names, '[options]'].join(' ')
}

function toColumns({ name, doc }: Argument): { left: string; right: string } {
  return { left: name, right: doc }
}

function titled(title: string, body: string): string {
  return body === '' ? '' : `${title}:\n${body}`
}

function sections(texts: readonly string[]): string {
  return `${texts.filter((text) => text !== '').join('\n\n')}\n`
}
