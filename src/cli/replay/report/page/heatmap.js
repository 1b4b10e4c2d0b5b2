import { html, svg } from './dom.js'
import { formatClock } from './format.js'
import { createScale, spacedTicks } from './scale.js'
import { hideTooltip, showTooltip } from './tooltip.js'

const labelWidth = 30
const axisHeight = 20

/** The measures a heatmap can show; `shade` maps a value to 0..1. */
export function measuresOf({ mostRequests }) {
  return {
    requests: {
      name: 'requests running + waiting (log scale)',
      of: ({ running, waiting }, column) => running[column] + waiting[column],
      shade: (value) => Math.log1p(value) / Math.log1p(mostRequests),
      ticks: [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000].filter((tick) => tick <= mostRequests),
      show: (value) => value.toLocaleString('en-US'),
    },
    memory: {
      name: 'KV memory held by live requests',
      of: ({ kvUsed }, column) => kvUsed[column],
      shade: (value) => value / 100,
      ticks: [0, 25, 50, 75, 100],
      show: (value) => `${value} %`,
    },
  }
}

/** One panel per visible policy: a row per replica, a column per stretch of time. */
export function drawHeatmaps(host, load, policies, measure) {
  const ramp = rampColors(host)
  const visible = policies.filter(({ hidden }) => !hidden)
  const panels = visible.map(({ name, color }) => {
    const swatch = html('i', { class: 'swatch' })
    swatch.style.background = color
    return html('figure', { class: 'panel' }, html('figcaption', {}, swatch, name), html('div', { class: 'cells' }))
  })
  host.replaceChildren(...panels)
  for (const [position, { index }] of visible.entries()) {
    drawPanel(panels[position].lastChild, { load, replicas: load.policies[index].replicas, measure, ramp })
  }
}

function drawPanel(host, { load, replicas, measure, ramp }) {
  const width = host.clientWidth
  const rowHeight = Math.max(2, Math.min(14, Math.floor(160 / replicas.length)))
  const height = rowHeight * replicas.length
  const canvas = html('canvas')
  const columnWidth = (width - labelWidth) / load.columns
  paint(canvas, { width: width - labelWidth, height, rowHeight, columnWidth, replicas, measure, ramp })
  host.append(rowLabels(replicas.length, rowHeight, height), canvas, timeTicks(load.x, width))
  canvas.addEventListener('pointerleave', hideTooltip)
  canvas.addEventListener('pointermove', (event) => {
    const bounds = canvas.getBoundingClientRect()
    const column = Math.floor((event.clientX - bounds.left) / columnWidth)
    const row = Math.floor((event.clientY - bounds.top) / rowHeight)
    const replica = replicas[row]
    if (replica?.running[column] === undefined) return hideTooltip()
    const at = ((column + 0.5) / load.columns) * load.x.max
    showTooltip(event, `replica ${row} at ${formatClock(at)}`, [
      [undefined, 'running', `${replica.running[column]}`],
      [undefined, 'waiting', `${replica.waiting[column]}`],
      [undefined, 'KV memory', `${replica.kvUsed[column]} %`],
    ])
  })
}

function paint(canvas, { width, height, rowHeight, columnWidth, replicas, measure, ramp }) {
  const ratio = devicePixelRatio || 1
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  const context = canvas.getContext('2d')
  // Whole device pixels: cells that end between two leave seams.
  const edge = (length) => Math.round(length * ratio)
  const gap = rowHeight > 5 ? 1 : 0
  for (const [row, replica] of replicas.entries()) {
    for (let column = 0; column < replica.running.length; column++) {
      context.fillStyle = rampColor(ramp, measure.shade(measure.of(replica, column)))
      const [left, top] = [edge(column * columnWidth), edge(row * rowHeight)]
      context.fillRect(left, top, edge((column + 1) * columnWidth) - left, edge((row + 1) * rowHeight - gap) - top)
    }
  }
}

function rowLabels(count, rowHeight, height) {
  const every = Math.ceil(12 / rowHeight)
  const root = svg('svg', { width: labelWidth, height, class: 'row-labels' })
  for (let row = 0; row < count; row += every) {
    const y = (row + 0.5) * rowHeight + 3.5
    root.append(svg('text', { class: 'tick', x: labelWidth - 6, y, 'text-anchor': 'end' }, `${row}`))
  }
  return root
}

function timeTicks(axis, width) {
  const scale = createScale(axis, labelWidth, width)
  const root = svg('svg', { width, height: axisHeight })
  for (const { at, text } of spacedTicks(axis, scale, 56)) {
    const x = scale.toPixel(at)
    root.append(svg('text', { class: 'tick', x, y: 14, 'text-anchor': at === 0 ? 'start' : 'middle' }, text))
  }
  return root
}

/** The colour scale with its numbers. */
export function drawRamp(host, measure) {
  const ramp = rampColors(host)
  const stops = Array.from({ length: 21 }, (_, step) => rampColor(ramp, step / 20))
  const bar = html('div', { class: 'ramp-bar' })
  bar.style.background = `linear-gradient(to right, ${stops.join(', ')})`
  const ticks = measure.ticks.map((tick) => {
    const label = html('span', {}, measure.show(tick))
    label.style.left = `${measure.shade(tick) * 100}%`
    return label
  })
  host.replaceChildren(html('span', {}, measure.name), html('div', { class: 'ramp-scale' }, bar, ...ticks))
}

/** From `--ramp` of the stylesheet, so that light and dark have their own. */
function rampColors(host) {
  const colors = getComputedStyle(host).getPropertyValue('--ramp').trim().split(/\s+/)
  return colors.map((color) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)))
}

function rampColor(ramp, shade) {
  const place = Math.min(1, Math.max(0, shade)) * (ramp.length - 1)
  const from = Math.min(ramp.length - 2, Math.floor(place))
  const mixed = ramp[from].map((value, part) => Math.round(value + (ramp[from + 1][part] - value) * (place - from)))
  return `rgb(${mixed.join(' ')})`
}
