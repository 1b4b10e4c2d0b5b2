/**
 * Writes the reference parts of the READMEs from the code: `npm run docs`. With `--check` it writes nothing and fails
 * when a file is stale.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { format } from 'oxfmt'
import { Registry } from 'prom-client'
import { createRouter, definePolicy, policies } from '../../router/index.ts'
import { createRouterMetrics } from '../../router/metrics.ts'
import { realClock } from '../../src/clock.ts'
import { mutations } from '../../webhook/index.ts'
import { createWebhookMetrics } from '../../webhook/metrics.ts'
import { rules } from '../../webhook/rules/index.ts'
import { commands } from '../../src/cli/commands.ts'
import { commonFields } from '../../src/cli/common-fields.ts'
import { optionsTable } from '../../src/config/help.ts'
import { replaceSection, sectionNames } from './generated-sections.ts'
import { repositoryPath } from './repository.ts'

interface Section {
  readonly file: string
  readonly name: string
  generate(): string | Promise<string>
}

const sections: readonly Section[] = [
  { file: 'router/README.md', name: 'options of warmpath router', generate: () => optionsOf('router') },
  { file: 'router/README.md', name: 'common options', generate: () => optionsTable(commonFields) },
  { file: 'router/README.md', name: 'policies', generate: policyTable },
  { file: 'router/README.md', name: 'metrics of the router', generate: routerMetricsTable },
  { file: 'router/README.md', name: 'options of warmpath replay', generate: () => optionsOf('replay') },
  { file: 'router/README.md', name: 'options of warmpath fleet', generate: () => optionsOf('fleet') },
  { file: 'router/README.md', name: 'options of warmpath up', generate: () => optionsOf('up') },
  { file: 'webhook/README.md', name: 'options of warmpath webhook', generate: () => optionsOf('webhook') },
  { file: 'webhook/README.md', name: 'mutations', generate: mutationTable },
  { file: 'webhook/README.md', name: 'rules', generate: ruleTable },
  { file: 'webhook/README.md', name: 'metrics of the webhook', generate: webhookMetricsTable },
]

/** What is wrong with the generated parts: stale files, missing or unknown sections. Writes unless `check`. */
export async function updateDocs({ check }: { readonly check: boolean }): Promise<readonly string[]> {
  const problems: string[] = []
  for (const file of new Set(sections.map((section) => section.file))) {
    const before = await readFile(repositoryPath(file), 'utf8').catch(() => undefined)
    if (before === undefined) {
      problems.push(`${file} does not exist`)
      continue
    }
    const filled = await fill(file, before)
    problems.push(...filled.problems)
    if (filled.text === before) continue
    if (check) problems.push(`${file} is stale: run "npm run docs"`)
    else await writeFile(repositoryPath(file), filled.text)
  }
  return problems
}

async function fill(file: string, before: string): Promise<{ text: string; problems: readonly string[] }> {
  const own = sections.filter((section) => section.file === file)
  const known = new Set(own.map(({ name }) => name))
  const problems = sectionNames(before)
    .filter((name) => !known.has(name))
    .map((name) => `${file}: nothing generates the section "${name}"`)
  let text = before
  for (const { name, generate } of own) {
    const replaced = replaceSection(text, name, await generate())
    if (replaced === undefined) problems.push(`${file} has no lines "<!-- generated: ${name} -->" and "<!-- end -->"`)
    else text = replaced
  }
  const options: unknown = JSON.parse(await readFile(repositoryPath('.oxfmtrc.json'), 'utf8'))
  const formatted = await format(file, text, isOptions(options) ? options : {})
  return { text: formatted.code, problems }
}

function isOptions(value: unknown): value is NonNullable<Parameters<typeof format>[2]> {
  return typeof value === 'object' && value !== null
}

async function optionsOf(name: string): Promise<string> {
  const command = await commands.find((entry) => entry.name === name)?.load()
  return command === undefined ? '' : optionsTable(command.fields)
}

function policyTable(): string {
  const rows = policies.map(({ type, doc }) => `| \`${type}\` | ${doc.replaceAll('|', '\\|')} |`)
  return ['| Policy | How it chooses |', '| --- | --- |', ...rows].join('\n')
}

function mutationTable(): string {
  const rows = mutations.map(({ id, doc, optIn }) => {
    const when = optIn === undefined ? 'always' : `\`warmpath.dev/${optIn.annotation}\`: ${optIn.values}`
    return `| \`${id}\` | ${escapeCell(when)} | ${escapeCell(doc)} |`
  })
  return ['| Mutation | When | What it does |', '| --- | --- | --- |', ...rows].join('\n')
}

function ruleTable(): string {
  const rows = rules.map(({ id, severity, doc }) => `| \`${id}\` | ${severity} | ${escapeCell(doc)} |`)
  return ['| Rule | Severity | What is wrong |', '| --- | --- | --- |', ...rows].join('\n')
}

function webhookMetricsTable(): string {
  const registry = new Registry()
  createWebhookMetrics(registry, () => undefined)
  return metricsTable(registry)
}

const escapeCell = (text: string): string => text.replaceAll('|', '\\|')

function routerMetricsTable(): string {
  const registry = new Registry()
  const policy = definePolicy({ type: 'docs', doc: '', create: () => ({ choose: () => ({ index: 0, reason: '' }) }) })
  const router = createRouter({ policy, clock: realClock, random: Math.random, blockTokens: 1 })
  createRouterMetrics({ registry, router, snapshot: () => ({ version: 0, endpoints: [] }) })
  return metricsTable(registry)
}

function metricsTable(registry: Registry): string {
  const rows = registry.getMetricsAsArray().map((metric) => {
    const labels = 'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames.join(', ') : ''
    return `| \`${metric.name}\` | ${labels} | ${metric.help.replaceAll('|', '\\|')} |`
  })
  return ['| Metric | Labels | Meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

if (import.meta.main) {
  const problems = await updateDocs({ check: process.argv.includes('--check') })
  for (const problem of problems) process.stderr.write(`docs: ${problem}\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
