/**
 * `npm run bench -- NAME [--real] [--quick] [--json]`: runs one benchmark; with `--json` the last line is the result.
 * `--real` is refused by benchmarks that have no real variant.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import type { Bench, BenchRow } from './bench.ts'
import { routing } from './routing.ts'
import { webhook } from './webhook.ts'

const benches: readonly Bench[] = [routing, webhook]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    real: { type: 'boolean', default: false },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const bench = benches.find(({ name }) => name === positionals[0])
if (bench === undefined) {
  say(
    `Usage: npm run bench -- NAME [--real] [--quick] [--json]\n${benches.map(({ name, doc }) => `  ${name}  ${doc}`).join('\n')}`,
  )
  process.exitCode = 2
} else if (values.real && bench.hasReal === undefined) {
  const real = benches.filter(({ hasReal }) => hasReal).map(({ name }) => name)
  say(`"${bench.name}" has no real variant, expected one of ${real.join(', ')} with --real`)
  process.exitCode = 2
} else {
  const rows = await bench.run({ quick: values.quick, real: values.real, say })
  for (const row of rows) say(format(row))
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}`
  say(machine)
  if (values.json) say(JSON.stringify({ bench: bench.name, machine, rows }))
}

function format({ name, value, unit, peer, peerValue, ratio }: BenchRow): string {
  const ours = `${name.padEnd(34)} ${round(value).padStart(9)} ${unit.padEnd(5)}`
  if (peer === undefined || peerValue === undefined || ratio === undefined) return ours
  return `${ours}  ${peer.padEnd(13)} ${round(peerValue).padStart(9)}  ratio ${ratio.toFixed(3)}`
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
