import { svg } from './dom.js'
import { format, formatClock } from './format.js'
import { createScale, spacedTicks } from './scale.js'
import { hideTooltip, showTooltip } from './tooltip.js'

const margin = { top: 26, right: 14, bottom: 44, left: 58 }

/** Draws one line per visible policy into `host`, replacing what was there. */
export function drawLineChart(host, chart, policies) {
  const [width, height] = [host.clientWidth, host.clientHeight]
  const x = createScale(chart.x, margin.left, width - margin.right)
  const y = createScale(chart.y, height - margin.bottom, margin.top)
  const visible = policies.filter(({ hidden }) => !hidden)
  const root = svg('svg', { width, height, role: 'img', 'aria-label': `${chart.y.label} over ${chart.x.label}` })
  root.append(...gridLines(chart, { x, y, width, height }), ...axisTitles(chart, { width, height }))
  for (const { index, color, strong } of visible) {
    const d = pathOf(chart.lines[index], x, y)
    root.append(svg('path', { d, class: strong ? 'line strong' : 'line', stroke: color }))
  }
  root.append(...readout(chart, { x, y, width, height, visible }))
  host.replaceChildren(root)
}

function gridLines(chart, { x, y, width, height }) {
  const [left, right] = [margin.left, width - margin.right]
  const [top, bottom] = [margin.top, height - margin.bottom]
  return [
    ...spacedTicks(chart.x, x, 62).flatMap(({ at, text }) => [
      svg('line', { class: 'grid', x1: x.toPixel(at), x2: x.toPixel(at), y1: top, y2: bottom }),
      svg('text', { class: 'tick', x: x.toPixel(at), y: bottom + 17, 'text-anchor': 'middle' }, text),
    ]),
    ...spacedTicks(chart.y, y, 22).flatMap(({ at, text }) => [
      svg('line', { class: 'grid', x1: left, x2: right, y1: y.toPixel(at), y2: y.toPixel(at) }),
      svg('text', { class: 'tick', x: left - 8, y: y.toPixel(at) + 4, 'text-anchor': 'end' }, text),
    ]),
    svg('line', { class: 'axis', x1: left, x2: right, y1: bottom, y2: bottom }),
  ]
}

const titleOf = ({ scale, label }) => (scale === 'log' ? `${label} (log scale)` : label)

function axisTitles(chart, { width, height }) {
  return [
    svg('text', { class: 'axis-title', x: 4, y: 13 }, titleOf(chart.y)),
    svg(
      'text',
      { class: 'axis-title', x: width - margin.right, y: height - 6, 'text-anchor': 'end' },
      titleOf(chart.x),
    ),
  ]
}

/** Straight lines between the points; a null begins a new piece. */
function pathOf({ xs, ys }, x, y) {
  let pen = 'M'
  return xs
    .map((value, index) => {
      if (ys[index] === null) {
        pen = 'M'
        return ''
      }
      const step = `${pen}${x.toPixel(value).toFixed(1)} ${y.toPixel(ys[index]).toFixed(1)}`
      pen = 'L'
      return step
    })
    .join('')
}

function readout(chart, { x, y, width, height, visible }) {
  const hair = svg('line', { class: 'hair', y1: margin.top, y2: height - margin.bottom, visibility: 'hidden' })
  const dots = svg('g')
  const ground = svg('rect', {
    class: 'ground',
    x: margin.left,
    y: margin.top,
    width: Math.max(0, width - margin.left - margin.right),
    height: Math.max(0, height - margin.top - margin.bottom),
  })
  const hide = () => {
    hair.setAttribute('visibility', 'hidden')
    dots.replaceChildren()
    hideTooltip()
  }
  ground.addEventListener('pointerleave', hide)
  ground.addEventListener('pointermove', (event) => {
    const pointed = x.toValue(event.clientX - ground.getBoundingClientRect().left + margin.left)
    const at = chart.snap ? nearest(chart.lines[0].xs, pointed) : pointed
    const rows = visible
      .map(({ index, color, name }) => ({ color, name, value: valueAt(chart.lines[index], at) }))
      .filter(({ value }) => value !== null)
      .toSorted((a, b) => (chart.snap ? a.value - b.value : b.value - a.value))
    for (const end of ['x1', 'x2']) hair.setAttribute(end, x.toPixel(at))
    hair.setAttribute('visibility', 'visible')
    dots.replaceChildren(
      ...rows.map(({ color, value }) =>
        svg('circle', { class: 'mark', cx: x.toPixel(at), cy: y.toPixel(value), r: 3.5, fill: color }),
      ),
    )
    const title = chart.snap ? `arrived about ${formatClock(at)}` : `first token within ${format(chart.x.unit, at)}`
    showTooltip(
      event,
      title,
      rows.map(({ color, name, value }) => [color, name, format(chart.y.unit, value)]),
    )
  })
  return [hair, dots, ground]
}

function nearest(values, wanted) {
  return values.reduce((best, value) => (Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best), values[0])
}

/** On the line at `at`; before its first point 0, after its last the last. */
function valueAt({ xs, ys }, at) {
  const next = xs.findIndex((value) => value >= at)
  if (xs.length === 0) return null
  if (next === -1) return ys.at(-1)
  if (xs[next] === at) return ys[next]
  if (next === 0) return 0
  const part = (at - xs[next - 1]) / (xs[next] - xs[next - 1])
  return ys[next - 1] + part * (ys[next] - ys[next - 1])
}
