import { parseExposition, type Sample } from '../../src/vllm/exposition.ts'

/** What a page says of one metric beside its values. */
export interface MetricShape {
  readonly type: string | undefined
  readonly labels: readonly string[]
  /** Of a histogram, in order. */
  readonly buckets: readonly string[]
}

export interface MetricsPage {
  readonly shapes: ReadonlyMap<string, MetricShape>
  /** The sum over a metric's series. */
  total(name: string, labels?: Readonly<Record<string, string>>): number | undefined
}

export async function readMetrics(url: string): Promise<MetricsPage> {
  return metricsPage(await (await fetch(`${url}/metrics`)).text())
}

export function metricsPage(text: string): MetricsPage {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]))
  const { samples } = parseExposition(text, { maxLines: 20_000, maxCharacters: 4_000_000 })
  const shapes = new Map<string, MetricShape>()
  for (const [name, type] of types) {
    const own = samples.filter((one) => one.name === (type === 'histogram' ? `${name}_bucket` : name))
    const labels = new Set(own.flatMap((one) => Object.keys(one.labels)))
    labels.delete('le')
    const buckets = new Set(own.flatMap(({ labels: { le } }) => (le === undefined ? [] : [String(Number(le))])))
    shapes.set(name, { type, labels: [...labels].toSorted(), buckets: [...buckets] })
  }
  return { shapes, total: (name, labels = {}) => total(samples, name, labels) }
}

/** What the metrics of one page differ in from those of vLLM; labels of `cache_config_info` may be fewer. */
export function metricDifferences(real: MetricsPage, simulated: MetricsPage): readonly string[] {
  const differences: string[] = []
  for (const [name, shape] of simulated.shapes) {
    const expected = real.shapes.get(name)
    const labels = shape.labels.filter((label) => !expected?.labels.includes(label))
    const same = { type: expected?.type, buckets: expected?.buckets.join(' ') }
    if (shape.type !== same.type || shape.buckets.join(' ') !== same.buckets || labels.length > 0)
      differences.push(`${name}: ${JSON.stringify(shape)}, vLLM has ${JSON.stringify(expected)}`)
    if (expected !== undefined && name !== 'vllm:cache_config_info' && expected.labels.length !== shape.labels.length)
      differences.push(`${name}: labels ${shape.labels.join()}, vLLM has ${expected.labels.join()}`)
  }
  return differences
}

function total(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>>): number | undefined {
  const wanted = Object.entries(labels)
  const found = samples.filter((one) => one.name === name && wanted.every(([key, value]) => one.labels[key] === value))
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0)
}
