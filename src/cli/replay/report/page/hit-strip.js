import { svg } from './dom.js'
import { format } from './format.js'
import { createScale } from './scale.js'
import { hideTooltip, showTooltip } from './tooltip.js'

const rowHeight = 30

/** A row per visible policy: a dot per replica, a bar and a number for the whole run. */
export function drawHitStrip(host, { x: axis, policies: hits }, policies) {
  const visible = policies.filter(({ hidden }) => !hidden)
  const width = host.clientWidth
  const nameWidth = Math.min(130, width * 0.32)
  const height = visible.length * rowHeight + 40
  const x = createScale(axis, nameWidth, width - 66)
  const bottom = visible.length * rowHeight + 4
  const root = svg('svg', { width, height, role: 'img', 'aria-label': axis.label })
  for (const { at, text } of axis.ticks) {
    const pixel = x.toPixel(at)
    root.append(svg('line', { class: 'grid', x1: pixel, x2: pixel, y1: 0, y2: bottom }))
    root.append(svg('text', { class: 'tick', x: pixel, y: bottom + 15, 'text-anchor': 'middle' }, text))
  }
  root.append(svg('text', { class: 'axis-title', x: x.toPixel(1), y: bottom + 32, 'text-anchor': 'end' }, axis.label))
  for (const [row, policy] of visible.entries())
    root.append(...policyRow(policy, hits[policy.index], { row, x, nameWidth, width }))
  host.replaceChildren(root)
}

function policyRow({ name, color }, { all, replicas }, { row, x, nameWidth, width }) {
  const y = (row + 0.5) * rowHeight
  const dots = replicas.map(({ replica, ratio, requests }) => {
    const dot = svg('circle', { class: 'dot', cx: x.toPixel(ratio), cy: y, r: 5, fill: color })
    dot.addEventListener('pointerleave', hideTooltip)
    dot.addEventListener('pointermove', (event) =>
      showTooltip(event, `${name}, replica ${replica}`, [
        [color, 'hit ratio', format('fraction', ratio)],
        [undefined, 'requests', format('count', requests)],
      ]),
    )
    return dot
  })
  const label = svg('text', { class: 'name', x: nameWidth - 12, y: y + 4, 'text-anchor': 'end' }, name)
  if (all === null) return [label, ...dots]
  const bar = svg('line', { class: 'whole', x1: x.toPixel(all), x2: x.toPixel(all), y1: y - 10, y2: y + 10 })
  const value = svg('text', { class: 'name', x: width - 4, y: y + 4, 'text-anchor': 'end' }, format('fraction', all))
  return [label, ...dots, bar, value]
}
