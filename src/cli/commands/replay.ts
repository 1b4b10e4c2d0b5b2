import { policies } from '../../../router/index.ts'
import { ConfigError, WarmpathError } from '../../errors.ts'
import { engineProfile } from '../../simulation/profiles.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { exitCodes } from '../host.ts'
import { checkTraceChoice, chooseTrace } from '../replay/choose-trace.ts'
import { deliver } from '../replay/deliver.ts'
import { type ReplayConfig, replayFields } from '../replay/fields.ts'
import { formatCount } from '../replay/format.ts'
import { createProgress } from '../replay/progress.ts'
import type { PolicyRun } from '../replay/result.ts'
import { runReplay } from '../replay/run.ts'
import type { Trace } from '../replay/trace.ts'
import { checkWritable } from '../replay/write-file.ts'
import { writeMooncake } from '../replay/write-trace.ts'

export const command = defineCommand({
  name: 'replay',
  summary: 'Replay a request trace through the routing code in virtual time and compare policies.',
  arguments: [{ name: 'TRACE', doc: 'A trace file, Mooncake JSONL or Azure CSV; or --workload.', optional: true }],
  examples: [
    'warmpath replay conversation_trace.jsonl --html report.html',
    'warmpath replay --workload w0 --policy warmpath,round-robin --rate 20 --json summary.json',
    'warmpath replay --workload multi-turn --rate 2 --limit 300 --write-trace chats.jsonl',
  ],
  fields: replayFields,
  run,
})

async function run(config: ReplayConfig, context: CommandContext): Promise<number> {
  const source = { ...config, path: context.args[0] }
  const sizes = blockSizes(config)
  checkTraceChoice(source)
  await Promise.all([config.json, config.html, config.writeTrace].map(checkWritable))
  const trace = await chooseTrace(source)
  if (trace.skippedLines > 0) context.log.warn('skipped broken lines', { trace: trace.name, lines: trace.skippedLines })
  if (config.writeTrace !== undefined) {
    await writeMooncake(trace, config.writeTrace)
    context.stdout.write(`${formatCount(trace.requests.length)} requests written to ${config.writeTrace}\n`)
    return exitCodes.fine
  }
  const runs = await replay(trace, { ...config, ...sizes }, context)
  await deliver({ trace, runs, config, context })
  return exitCodes.fine
}

function blockSizes(config: ReplayConfig): { readonly blockTokens: number; readonly routerBlockTokens: number } {
  const blockTokens = config.blockTokens ?? engineProfile(config.engine).blockTokens
  const routerBlockTokens = config.routerBlockTokens ?? blockTokens * Math.ceil(64 / blockTokens)
  if (routerBlockTokens % blockTokens === 0) return { blockTokens, routerBlockTokens }
  const expected = `a multiple of ${blockTokens}, the block of the engines`
  throw new ConfigError([{ path: '--router-block-tokens', value: `${routerBlockTokens}`, expected }])
}

async function replay(
  trace: Trace,
  config: ReplayConfig & { readonly blockTokens: number; readonly routerBlockTokens: number },
  { stderr, clock, lifecycle }: CommandContext,
): Promise<readonly PolicyRun[]> {
  const chosen = [...new Set(config.policy)].flatMap((name) => policies.find(({ type }) => type === name) ?? [])
  const progress = createProgress(stderr, clock)
  try {
    return await runReplay({
      trace,
      policies: chosen,
      profile: engineProfile(config.engine),
      replicas: config.replicas,
      speed: config.speed,
      seed: config.seed,
      blockTokens: config.blockTokens,
      routerBlockTokens: config.routerBlockTokens,
      metricsIntervalMs: config.metricsInterval,
      onProgress: (done, total, policy) => {
        if (lifecycle.stopping.aborted)
          throw new WarmpathError('REPLAY_STOPPED', 'The replay was stopped before its end')
        const before = chosen.findIndex(({ type }) => type === policy)
        progress.update(before * total + done, chosen.length * total, `${policy} (${before + 1} of ${chosen.length})`)
      },
    })
  } finally {
    progress.end()
  }
}
