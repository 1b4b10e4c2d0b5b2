import type { CommandLine } from '../src/vllm/command-line.ts'
import type { Setting } from '../src/vllm/settings.ts'
import type { VllmPod } from './recognize.ts'

/**
 * The flags that the server surely starts with; `undefined` if its command line cannot be seen, or stands in a script
 * that decides between several or runs it in a loop.
 */
export function serverLine({ server, container }: VllmPod): CommandLine | undefined {
  if (server === undefined) return undefined
  const decides =
    server.where === 'shell' && [...container.command, ...container.args].some((word) => branch.test(word))
  return decides ? undefined : server.line
}

/** The same where it shows all flags, so that one that is not there is not given: without `--config` and unknown words. */
export function wholeLine(vllm: VllmPod): CommandLine | undefined {
  const line = serverLine(vllm)
  return line?.hidden === undefined ? line : undefined
}

/** Words and signs of a shell by which not every command runs once. `a && b` is fine: b is what is meant to run. */
const branch = /(^|[\s;&|(])(if|case|for|while|until|select|function|exit|return)\b|\|\||\(\)\s*\{/

/** The value of a setting, wrapped because vLLM's None is `undefined`; absent if it cannot be known. */
export const known = <T>(setting: Setting<T>): { readonly value: T } | undefined =>
  setting.kind === 'unknown' ? undefined : { value: setting.value }

/** Whether any of the flags is given. */
export const uses = (line: CommandLine, flags: readonly string[]): boolean =>
  line.uses.some(({ flag }) => flags.includes(flag.name))
