import { arrange, cell, createBar, element, setAttribute, setText } from './dom.js'
import { formatCount, formatPercent } from './format.js'
import { topOf } from './fleet.js'
import { ratio } from './history.js'
import { createSparkline } from './sparkline.js'

/** Metrics that the router has not read for so long are named as old. */
const OLD_MS = 5000

/** A row per replica, kept as long as the replica is. */
export function createReplicaTable(body) {
  let rows = new Map()
  return {
    show(endpoints, history) {
      const next = new Map()
      const top = endpoints.reduce((most, { name }) => Math.max(most, topOf(history.of(name))), 0)
      const routed = endpoints.reduce((sum, { totals }) => sum + totals.routed, 0)
      for (const endpoint of endpoints) {
        const row = rows.get(endpoint.name) ?? createRow()
        row.show(endpoint, { steps: history.of(endpoint.name), top, routed })
        next.set(endpoint.name, row)
      }
      rows = next
      arrange(
        body,
        [...rows.values()].map(({ node }) => node),
      )
    },
  }
}

function createRow() {
  const name = element('span', { class: 'name' })
  const health = element('span', { class: 'health' })
  const numbers = Object.fromEntries(
    ['prefill', 'decode', 'running', 'waiting', 'predicted', 'observed', 'routed'].map((key) => [
      key,
      cell(`number ${key}`),
    ]),
  )
  const load = createSparkline('in-flight', 'prefill')
  const hits = createSparkline('predicted', 'observed')
  const [memory, holds, share] = ['memory', 'holds', 'share'].map(createGauge)
  const node = element(
    'tr',
    { role: 'row' },
    element('th', { role: 'rowheader', scope: 'row' }, name, health),
    cell('chart load', load.node),
    numbers.prefill,
    numbers.decode,
    numbers.running,
    numbers.waiting,
    memory.node,
    holds.node,
    cell('chart hits', hits.node),
    numbers.predicted,
    numbers.observed,
    numbers.routed,
    share.node,
  )
  labelCells(node)
  return {
    node,
    show(endpoint, { steps, top, routed }) {
      const { load: own, signals, prefix, totals } = endpoint
      setText(name, endpoint.name)
      setAttribute(name, 'title', endpoint.url)
      setText(health, healthOf(endpoint))
      setAttribute(health, 'data-health', endpoint.health)
      const counts = {
        prefill: own.prefillRequests,
        decode: own.requests - own.prefillRequests,
        running: signals.requestsRunning,
        waiting: signals.requestsWaiting,
        routed: totals.routed,
      }
      for (const [key, count] of Object.entries(counts)) setText(numbers[key], formatCount(count))
      numbers.waiting.classList.toggle('high', signals.requestsWaiting > 0)
      setText(numbers.predicted, formatPercent(ratio(totals.predictedCachedTokens, totals.promptTokens)))
      setText(numbers.observed, formatPercent(ratio(signals.prefixCacheHitsTokens, signals.prefixCacheQueriesTokens)))
      memory.show(signals.kvCacheUtilization, formatPercent(signals.kvCacheUtilization))
      memory.node.classList.toggle('high', signals.kvCacheUtilization > 0.9)
      holds.show(
        prefix.blocks / prefix.capacityBlocks,
        `${formatCount(prefix.blocks)} / ${formatCount(prefix.capacityBlocks)}`,
      )
      const part = ratio(totals.routed, routed)
      share.show(part, formatPercent(part))
      load.draw(steps, { top, values: [(step) => step.inFlight, (step) => step.prefill] })
      hits.draw(steps, { top: 1, values: [(step) => step.predictedRatio, (step) => step.observedRatio] })
    },
  }
}

/** Names of columns, for where style sheets put rows as cards. */
const labels = [
  'In flight',
  'Prefill',
  'Decode',
  'Running',
  'Waiting',
  'KV memory',
  'Holds blocks',
  'Hit ratio',
  'Predicted',
  'Observed',
  'Routed',
  'Share',
]

function labelCells(row) {
  row.querySelectorAll('td').forEach((one, index) => (one.dataset.label = labels[index]))
}

/** A number over its bar. */
function createGauge(className) {
  const text = element('span', {})
  const bar = createBar(className)
  return {
    node: cell(`gauge ${className}`, text, bar.node),
    show(fraction, shown) {
      setText(text, shown)
      bar.set(fraction)
    },
  }
}

function healthOf({ health, scrapedAgoMs, totals }) {
  const old = scrapedAgoMs > OLD_MS ? `, metrics ${Math.round(scrapedAgoMs / 1000)} s old` : ''
  const failed = totals.failed > 0 ? `, ${formatCount(totals.failed)} failed` : ''
  return `${health}${old}${failed}`
}
