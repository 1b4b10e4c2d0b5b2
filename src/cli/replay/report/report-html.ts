import { formatCount } from '../format.ts'
import { metricsShown, shownColumn } from '../metrics-shown.ts'
import type { ReplayParameters } from '../parameters.ts'
import type { PolicyRun } from '../result.ts'
import type { PolicySummary } from '../summary.ts'
import { pageAssets } from './page-script.ts'
import { policyColors } from './palette.ts'
import type { PolicyColor } from './palette.ts'
import { reportData } from './report-data.ts'

export interface Report {
  readonly parameters: ReplayParameters
  /** The command line that gives this report again. */
  readonly command: string
  /** Of Warmpath. */
  readonly version: string
  readonly runs: readonly PolicyRun[]
  /** Aligned with `runs`. */
  readonly summaries: readonly PolicySummary[]
}

/** One HTML page that needs nothing else: no network, no library. Holds no wall time: equal seeds give equal bytes. */
export async function reportHtml(report: Report): Promise<string> {
  const { parameters, command, version, runs, summaries } = report
  const { script, style } = await pageAssets()
  const colors = policyColors(runs.map(({ name }) => name))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(parameters.trace)} · warmpath replay</title>
<style>${style}${colorRules(colors)}</style>
</head>
<body>
<main>
<header>
<div class="product">warmpath replay</div>
<h1>${escapeHtml(parameters.trace)}</h1>
${parameterList(parameters, runs)}
<pre>${escapeHtml(command)}</pre>
</header>
<section><h2>Summary</h2><p>The best of each column is marked.</p>${summaryTable(summaries)}</section>
${legend(summaries)}
${plots}
<footer>
<p>Simulated: requests arrive in virtual time, the router's own code decides, and a model of a vLLM engine
(${escapeHtml(parameters.engine)}) answers. TTFT is from arrival to first token, TPOT the mean time per further token.
Percentiles are linear between ranks; rates are over the time from the first arrival to the last token.</p>
<p>Made by warmpath ${escapeHtml(version)}.</p>
</footer>
</main>
<script type="application/json" id="data">${embeddedJson(reportData(runs))}</script>
<script>{
${script}
}</script>
</body>
</html>
`
}

const plots = `
<section><h2>Time to first token</h2><p>Which part of the requests had their first token within a time: further left is faster.</p>
<div class="chart tall" id="cdf"></div></section>
<section><h2>Time to first token over time</h2><p>By arrival. A line that climbs shows a queue that grows.</p>
<div class="pair"><div class="chart" id="ttft-p50"></div><div class="chart" id="ttft-p90"></div></div></section>
<section><h2>Load of each replica</h2><p>One row per replica. Uneven rows are hot spots, an even glow is a full fleet.</p>
<div class="controls"><div class="switch" role="group" aria-label="Measure">
<label><input type="radio" name="measure" value="requests" checked>Requests</label>
<label><input type="radio" name="measure" value="memory">KV memory</label></div>
<div class="ramp" id="ramp"></div></div>
<div class="panels" id="load"></div></section>
<section><h2>Prefix cache hits</h2><p>A dot per replica; the bar is the whole run.</p><div id="hits"></div></section>
<noscript><section>The plots are drawn by the script of this page, which is switched off.</section></noscript>`

function colorRules(colors: readonly PolicyColor[]): string {
  const rules = (ground: keyof PolicyColor): string =>
    `:root { ${colors.map((color, index) => `--policy-${index}: ${color[ground]};`).join(' ')} }`
  return `${rules('light')}\n@media (prefers-color-scheme: dark) { ${rules('dark')} }\n`
}

function parameterList({ engine, replicas, speed, seed }: ReplayParameters, runs: readonly PolicyRun[]): string {
  const requests = formatCount(runs[0]?.requests.length)
  const entries = { requests, replicas, engine, speed: `× ${speed}`, seed }
  const items = Object.entries(entries).map(
    ([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(`${value}`)}</dd></div>`,
  )
  return `<dl>${items.join('')}</dl>`
}

function summaryTable(summaries: readonly PolicySummary[]): string {
  const head = metricsShown.map(({ title }) => `<th scope="col">${title}</th>`).join('')
  const columns = metricsShown.map((metric) => shownColumn(metric, summaries))
  const rows = summaries.map(({ name }, row) => {
    const cells = columns.map(
      (column) => `<td${column[row]?.best === true ? ' class="best"' : ''}>${column[row]?.text ?? ''}</td>`,
    )
    return `<tr id="row-${row}"><th scope="row">${swatch(row)}${escapeHtml(name)}</th>${cells.join('')}</tr>`
  })
  return `<div class="table"><table><thead><tr><th scope="col">policy</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

function legend(summaries: readonly PolicySummary[]): string {
  const buttons = summaries.map(
    ({ name }, index) =>
      `<button type="button" data-policy="${index}" aria-pressed="true" title="Show or hide ${escapeHtml(name)}">${swatch(index)}${escapeHtml(name)}</button>`,
  )
  return `<nav class="legend" aria-label="Policies">${buttons.join('')}</nav>`
}

const swatch = (index: number): string => `<i class="swatch" style="background: var(--policy-${index})"></i>`

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character)

/** HTML ends a script at the first `</script`, whatever stands around it (HTML Standard §4.12.1.3). */
const embeddedJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')
