import type { Command } from './command.ts'

/** A command as `warmpath --help` lists it; loaded when it is called, so that no command pays for another. */
export interface CommandEntry {
  readonly name: string
  /** The same line as in the command itself. */
  readonly summary: string
  load(): Promise<Command>
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'Run everything on this machine, with simulated vLLM replicas: no cluster and no GPU needed.',
    load: async () => (await import('./commands/up.ts')).command,
  },
  {
    name: 'router',
    summary: 'Run the router: an OpenAI proxy that sends each prompt where its prefix is cached.',
    load: async () => (await import('./commands/router.ts')).command,
  },
  {
    name: 'webhook',
    summary: 'Run the admission webhook: vLLM pods come out schedulable on the right GPU nodes.',
    load: async () => (await import('./commands/webhook.ts')).command,
  },
  {
    name: 'fleet',
    summary: 'Run simulated vLLM replicas: OpenAI HTTP, /metrics, KV events, scripted faults.',
    load: async () => (await import('./commands/fleet.ts')).command,
  },
  {
    name: 'replay',
    summary: 'Replay a request trace through the routing code in virtual time and compare policies.',
    load: async () => (await import('./commands/replay.ts')).command,
  },
]
