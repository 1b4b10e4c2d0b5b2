import { element, setText } from './dom.js'
import { formatCount, formatMs, formatPercent, formatRate, quantile } from './format.js'
import { over, ratio } from './history.js'
import { createSparkline } from './sparkline.js'

const RATE_MS = 10_000
const RATIO_MS = 60_000

/** The numbers of all replicas together, in the `dl` given. */
export function createFleetNumbers(list) {
  const number = (name, chart) => createNumber(list, name, chart)
  const requests = number('Requests / s')
  const inFlight = number('In flight', createSparkline('in-flight', 'prefill'))
  const hits = number('Hit ratio', createSparkline('predicted', 'observed'))
  const p50 = number('TTFT p50')
  const p90 = number('TTFT p90')
  const tokens = number('Prompt tokens / s')
  let rate = formatRate(undefined)

  return {
    rate: () => rate,
    show({ endpoints, steps, decisions }) {
      const sum = (key) => endpoints.reduce((total, { totals }) => total + totals[key], 0)
      const recent = over(steps, RATE_MS)
      const minute = over(steps, RATIO_MS)
      const now = steps.at(-1)
      const ttfts = decisions.map(({ ttftMs }) => ttftMs).filter((ms) => ms !== undefined)
      const ofStreams = `${ttfts.length} of the last ${decisions.length}`
      rate = formatRate(ratio(recent.routed, recent.seconds))
      requests.show(rate, `${formatCount(sum('routed'))} routed, ${formatCount(sum('failed'))} failed`)
      inFlight.show(
        formatCount(now.inFlight),
        `${now.prefill} prefill, ${now.inFlight - now.prefill} decode; peak ${peakOf(steps)}`,
      )
      inFlight.draw(steps, { top: topOf(steps), values: [(step) => step.inFlight, (step) => step.prefill] })
      hits.show(
        formatPercent(ratio(minute.hit, minute.queried)),
        `last minute; predicted ${formatPercent(ratio(minute.predicted, minute.promptTokens))}`,
      )
      hits.draw(steps, { top: 1, values: [(step) => step.predictedRatio, (step) => step.observedRatio] })
      p50.show(formatMs(quantile(ttfts, 0.5)), ofStreams)
      p90.show(formatMs(quantile(ttfts, 0.9)), ofStreams)
      tokens.show(
        formatCount(ratio(recent.promptTokens, recent.seconds)),
        `${formatCount(ratio(recent.promptTokens - recent.predicted, recent.seconds))} to compute`,
      )
    },
  }
}

/** Where a chart of requests in flight ends: at least a few, so that one request is no summit. */
export const topOf = (steps) => Math.max(4, peakOf(steps))

const peakOf = (steps) => steps.reduce((peak, { inFlight }) => Math.max(peak, inFlight), 0)

function createNumber(list, name, chart) {
  const value = element('span', { class: 'value' })
  const detail = element('span', { class: 'detail' })
  list.append(
    element(
      'div',
      {},
      element('dt', {}, name),
      element('dd', {}, value, detail, ...(chart === undefined ? [] : [chart.node])),
    ),
  )
  return {
    show(text, more) {
      setText(value, text)
      setText(detail, more)
    },
    draw: (steps, how) => chart.draw(steps, how),
  }
}
