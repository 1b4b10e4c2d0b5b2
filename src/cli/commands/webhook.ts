import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { explain, explanationText, toSettings, webhookFields } from '../../../webhook/index.ts'
import { flag, text } from '../../config/field.ts'
import { ConfigError } from '../../errors.ts'
import { defineCommand } from '../command.ts'
import { exitCodes } from '../host.ts'
import { serveWebhook } from '../serve-webhook.ts'

export const command = defineCommand({
  name: 'webhook',
  summary: 'Run the admission webhook: vLLM pods come out schedulable on the right GPU nodes.',
  examples: [
    'warmpath webhook --platform auto-mode --tls-secret warmpath-webhook',
    'warmpath webhook --platform karpenter --explain deployment.yaml',
    'helm template vllm/vllm-stack | warmpath webhook --explain - --json',
  ],
  fields: {
    ...webhookFields,
    explain: text({
      default: undefined,
      doc: 'Print what would happen to the pods and node pools of a YAML file, - for stdin, and end. Nothing is started.',
    }),
    json: flag({ default: false, doc: 'With --explain: print JSON.' }),
  },
  async run(config, context) {
    if (config.explain === undefined) {
      if (config.json) throw new ConfigError([{ path: 'json', value: 'true', expected: 'a file in explain beside it' }])
      await serveWebhook(config, context)
      await context.lifecycle.untilStopped()
      return exitCodes.fine
    }
    const settings = await toSettings(config)
    const name = config.explain === '-' ? 'stdin' : config.explain
    const explanations = explain(name, await readManifest(config.explain), settings)
    context.stdout.write(
      config.json ? `${JSON.stringify({ explanations }, undefined, 2)}\n` : explanationText(explanations, 80),
    )
    return exitCodes.fine
  },
})

async function readManifest(path: string): Promise<string> {
  if (path === '-') return readAll(process.stdin)
  return readFile(path, 'utf8').catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new ConfigError([{ path: 'explain', value: path, expected: `a YAML file, or - for stdin (${why})` }])
  })
}
