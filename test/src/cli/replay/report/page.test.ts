import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { reportHtml } from '../../../../../src/cli/replay/report/report-html.ts'
import { summarize } from '../../../../../src/cli/replay/summary.ts'
import { outcome, policyRun } from '../../../../support/policy-run.ts'

const executablePath = '/usr/bin/chromium'
const skip = !existsSync(executablePath) && `${executablePath} is not here: apt-get install chromium`

const runOf = (name: string, ttftMs: number) =>
  policyRun(
    name,
    Array.from({ length: 200 }, (_, index) =>
      outcome({ atMs: index * 100, replica: index % 2, ttftMs: ttftMs + index, cachedTokens: 30 + 20 * (index % 2) }),
    ),
    {
      samples: [0, 10_000, 20_000].map((atMs) => ({
        atMs,
        replicas: [0, 1].map((replica) => ({ running: replica + 5, waiting: 3, kvUsedFraction: 0.25 })),
      })),
    },
  )

/** The report in a browser; `faults` are script errors, console messages and requests to anywhere. */
async function openReport(
  t: Test,
  browser: Browser,
  width: number,
): Promise<{ readonly page: Page; readonly faults: readonly string[] }> {
  const runs = [runOf('warmpath', 50), runOf('round-robin', 900)]
  const parameters = { trace: 'some.jsonl', engine: 'some-engine', replicas: 2, speed: 1, seed: 1 }
  const summaries = runs.map((run) => summarize(run, 2))
  const html = await reportHtml({
    parameters,
    command: 'warmpath replay some.jsonl',
    version: '1.2.3',
    runs,
    summaries,
  })
  const path = join(t.testdir({}), 'report.html')
  writeFileSync(path, html)
  const page = await browser.newPage({ viewport: { width, height: 900 } })
  page.setDefaultTimeout(5000)
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(message))
  page.on('console', (message) => faults.push(message.text()))
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) faults.push(request.url())
  })
  await page.goto(pathToFileURL(path).href)
  return { page, faults }
}

t.test('the report in a browser', { skip }, async (t) => {
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  t.teardown(() => browser.close())

  await t.test('draws every plot, with no error and no request', async (t) => {
    const { page, faults } = await openReport(t, browser, 1280)
    t.equal(await page.locator('#cdf path.line').count(), 2)
    t.equal(await page.locator('#ttft-p50 path.line').count(), 2)
    t.equal(await page.locator('#ttft-p90 path.line').count(), 2)
    t.equal(await page.locator('#load canvas').count(), 2)
    t.equal(await page.locator('#hits circle').count(), 4)
    t.same(faults, [])
  })

  await t.test('hides a policy in every plot when its name is clicked, and shows it again', async (t) => {
    const { page, faults } = await openReport(t, browser, 1280)
    const button = page.locator('.legend button', { hasText: 'round-robin' })
    for (const [pressed, count] of [
      ['false', 1],
      ['true', 2],
    ] as const) {
      await button.click()
      t.equal(await button.getAttribute('aria-pressed'), pressed)
      await page.waitForFunction(`document.querySelectorAll('#cdf path.line').length === ${count}`)
      t.equal(await page.locator('#load canvas').count(), count)
    }
    t.same(faults, [])
  })

  await t.test('says the values under the pointer', async (t) => {
    const { page, faults } = await openReport(t, browser, 1280)
    const hover = async (selector: string): Promise<string> => {
      await page.locator(selector).first().hover()
      return (await page.locator('.tooltip').innerText()).replaceAll(/\s+/g, ' ')
    }
    t.match(await hover('#cdf .ground'), /^first token within \d+ ms warmpath [\d.]+ % round-robin [\d.]+ %$/)
    t.match(await hover('#ttft-p90 .ground'), /^arrived about 0:\d\d warmpath \d+ ms round-robin [\d.]+ s$/)
    t.match(await hover('#load canvas'), /^replica 1 at 0:\d\d running 6 waiting 3 KV memory 25 %$/)
    t.match(await hover('#hits circle'), /^warmpath, replica 0 hit ratio 30\.0 % requests 100$/)
    t.same(faults, [])
  })

  await t.test('shades by KV memory when asked', async (t) => {
    const { page, faults } = await openReport(t, browser, 1280)
    t.match(await page.locator('#ramp').innerText(), /requests running \+ waiting/)
    await page.getByText('KV memory', { exact: true }).click()
    await page.locator('#ramp', { hasText: 'KV memory held by live requests' }).waitFor()
    t.same(faults, [])
  })

  await t.test('fits a phone without scrolling sideways', async (t) => {
    const { page, faults } = await openReport(t, browser, 360)
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360)
    t.same(faults, [])
  })
})
