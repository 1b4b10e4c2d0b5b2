import { setAttribute, svgElement } from './dom.js'
import { GAP_MS } from './history.js'

const WIDTH = 300
const HEIGHT = 100
/** A page that was just opened starts with a wider scale of time. */
const LEAST_SPAN_MS = 60_000

/** A small chart of what is kept, one line per class name; the numbers stand beside it as text. */
export function createSparkline(...classNames) {
  const paths = classNames.map((name) => svgElement('path', { class: `line ${name}` }))
  const node = svgElement(
    'svg',
    { class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    ...paths,
  )
  return {
    node,
    /** `values` as many as class names: of a step, the value of that line. */
    draw(steps, { top, values }) {
      paths.forEach((path, index) => setAttribute(path, 'd', pathOf(steps, values[index], top)))
    },
  }
}

function pathOf(steps, valueOf, top) {
  const nowMs = steps.at(-1)?.atMs ?? 0
  const spanMs = Math.max(LEAST_SPAN_MS, nowMs - (steps[0]?.atMs ?? 0))
  const parts = []
  let lastMs = -Infinity
  for (const step of steps) {
    const value = valueOf(step)
    if (value === undefined) continue
    const x = WIDTH * (1 - (nowMs - step.atMs) / spanMs)
    const y = HEIGHT * (1 - Math.min(1, value / top))
    parts.push(`${step.atMs - lastMs > GAP_MS ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`)
    lastMs = step.atMs
  }
  return parts.join('')
}
