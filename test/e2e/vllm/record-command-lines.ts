/**
 * Records what vLLM's own parser makes of command lines into test/fixtures/vllm/<version>/command-lines.json:
 * `node test/e2e/vllm/record-command-lines.ts`. The fast tests hold our parser against it. Only lines that both read
 * alike are recorded; with a number N, it compares N random lines more, prints where the two differ, and records
 * nothing.
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { repositoryPath } from '../../support/repository.ts'
import { disagreement, isRecordedParse, recordedDests, type RecordedParse } from '../../support/vllm-command-lines.ts'
import { pythonBin } from '../parts/python-part.ts'
import { requirePart } from '../parts/require-part.ts'
import { vllm } from '../parts/vllm.ts'
import { run } from '../run.ts'
import { chosenCases, type CommandLineCase, randomCases } from './command-line-cases.ts'

const script = fileURLToPath(new URL('parse-command-lines.py', import.meta.url))

async function parseAll(cases: readonly CommandLineCase[]): Promise<readonly RecordedParse[]> {
  const lines = [Object.keys(recordedDests), ...cases].map((line) => JSON.stringify(line))
  const printed = await run(pythonBin(await requirePart(vllm), vllm), [script], { input: `${lines.join('\n')}\n` })
  return printed
    .trimEnd()
    .split('\n')
    .map((line): RecordedParse => {
      const parsed: unknown = JSON.parse(line)
      if (!isRecordedParse(parsed)) throw new Error(`no answer: ${line}`)
      return parsed
    })
}

const [more, seed] = process.argv.slice(2).map(Number)
const cases = more === undefined ? [...chosenCases, ...randomCases(400, 32)] : randomCases(more, seed ?? 1)
const answers = await parseAll(cases)
const compared = cases.map(([form, argv], index) => {
  const parsed = answers[index] ?? { refused: 'not answered' }
  return { form, argv, parsed, differs: disagreement(form, argv, parsed) }
})
const count = (what: string | undefined) => compared.filter(({ differs }) => differs === what).length
const different = compared.filter(({ differs }) => differs !== undefined && differs !== 'lenient')
for (const one of different) process.stdout.write(`${JSON.stringify(one)}\n`)
const totals = `${count(undefined)} alike, ${count('lenient')} refused by vLLM 0.32 alone, ${different.length} different`
process.stdout.write(`${cases.length} command lines: ${totals}\n`)
if (more === undefined) {
  const about = {
    version: `vLLM ${vllm.version} (${vllm.source})`,
    command: 'node test/e2e/vllm/record-command-lines.ts',
    date: new Date().toISOString().slice(0, 10),
  }
  const lines = compared
    .filter(({ differs }) => differs === undefined)
    .map(({ form, argv, parsed }) => JSON.stringify({ form, argv, ...parsed }))
  const text = `{\n"about": ${JSON.stringify(about)},\n"cases": [\n${lines.join(',\n')}\n]\n}\n`
  await writeFile(repositoryPath(`test/fixtures/vllm/${vllm.version}/command-lines.json`), text)
}
