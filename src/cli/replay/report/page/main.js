import { drawHeatmaps, drawRamp, measuresOf } from './heatmap.js'
import { drawHitStrip } from './hit-strip.js'
import { drawLineChart } from './line-chart.js'

const data = JSON.parse(document.getElementById('data').textContent)
const host = (id) => document.getElementById(id)
const policies = data.policies.map((name, index) => ({
  index,
  name,
  color: `var(--policy-${index})`,
  strong: name === 'warmpath',
  hidden: false,
}))
const measures = measuresOf(data.load)
let measure = measures.requests

function draw() {
  drawLineChart(host('cdf'), data.cdf, policies)
  drawLineChart(host('ttft-p50'), data.ttftP50, policies)
  drawLineChart(host('ttft-p90'), data.ttftP90, policies)
  drawRamp(host('ramp'), measure)
  drawHeatmaps(host('load'), data.load, policies, measure)
  drawHitStrip(host('hits'), data.hits, policies)
}

/** Many causes, one drawing per frame. */
let asked = false
function drawSoon() {
  if (asked) return
  asked = true
  requestAnimationFrame(() => {
    asked = false
    draw()
  })
}

for (const button of document.querySelectorAll('.legend button')) {
  const policy = policies[Number(button.dataset.policy)]
  button.addEventListener('click', () => {
    policy.hidden = !policy.hidden
    button.setAttribute('aria-pressed', String(!policy.hidden))
    host(`row-${policy.index}`).classList.toggle('off', policy.hidden)
    drawSoon()
  })
}

for (const input of document.querySelectorAll('[name=measure]')) {
  input.addEventListener('change', () => {
    measure = measures[input.value]
    drawSoon()
  })
}

let width = 0
new ResizeObserver(() => {
  // The drawings set the height of the page: only a new width is news.
  if (document.body.clientWidth === width) return
  width = document.body.clientWidth
  drawSoon()
}).observe(document.body)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawSoon)
draw()
