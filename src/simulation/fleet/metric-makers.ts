import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { HistogramDefinition, MetricDefinition } from './metric-definitions.ts'

export type Labels = Readonly<Record<string, string>>
export type Report = (value: number, labels?: Labels) => void

/** Each maker registers a metric, shows it at 0 as vLLM does, and returns how to report to it. */
export function metricMakers(registry: Registry, common: Labels) {
  const base = ({ name, help, labels = [] }: MetricDefinition) => {
    const labelNames = [...Object.keys(common), ...labels]
    return { config: { name, help, labelNames, registers: [registry] }, own: labels.length > 0 }
  }
  return {
    gauge(definition: MetricDefinition): Report {
      const { config, own } = base(definition)
      const metric = new Gauge(config)
      if (!own) metric.set(common, 0)
      return (value, labels) => metric.set({ ...common, ...labels }, value)
    },
    counter(definition: MetricDefinition): Report {
      const { config, own } = base(definition)
      const metric = new Counter(config)
      if (!own) metric.inc(common, 0)
      return (value, labels) => metric.inc({ ...common, ...labels }, value)
    },
    histogram(definition: HistogramDefinition): Report {
      const metric = new Histogram({ ...base(definition).config, buckets: [...definition.buckets] })
      metric.zero(common)
      const child = metric.labels(common)
      return (value) => child.observe(value)
    },
  }
}

export function mapValues<K extends string, A, B>(source: Readonly<Record<K, A>>, map: (value: A) => B): Record<K, B>
export function mapValues<A, B>(source: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(source).map(([key, value]) => [key, map(value)]))
}
