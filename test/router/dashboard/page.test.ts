import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { isList, isObject } from '../../../router/openai/json.ts'
import { warmpath } from '../../../router/policies/warmpath.ts'
import { post, startFor, streamed } from '../../support/proxy-harness.ts'

const executablePath = '/usr/bin/chromium'
const skip = !existsSync(executablePath) && `${executablePath} is not here: apt-get install chromium`

/** The page of a router over two replicas; `faults` are script errors, console messages and requests to elsewhere. */
async function open(t: Test, browser: Browser, { width = 1280, before = async (_page: Page) => {} } = {}) {
  const { proxy } = await startFor(t, 2, { policy: warmpath })
  const page = await browser.newPage({ viewport: { width, height: 900 } })
  t.teardown(async () => {
    await page.unrouteAll({ behavior: 'wait' })
    await page.close()
  })
  page.setDefaultTimeout(10_000)
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(message))
  page.on('console', (message) => faults.push(message.text()))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== proxy.adminUrl) faults.push(request.url())
  })
  await before(page)
  await page.goto(proxy.adminUrl)
  await page.locator('#replicas tr').nth(1).waitFor()
  /** Back in sight, the page asks at once. */
  const look = () => page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  const chat = async (id: string) => {
    await (await post(proxy.url, streamed, { headers: { 'x-request-id': id } })).text()
    await look()
  }
  return { page, faults, chat, proxy }
}

/** Changes what the router answers at `path` before the page sees it. */
const rewrite = (page: Page, path: string, change: (answer: unknown) => unknown) =>
  page.route(`**/${path}`, async (route) => {
    const response = await route.fetch()
    const answer: unknown = await response.json()
    await route.fulfill({ response, json: change(answer) })
  })

/** Every text in a JSON value, some of them names that the page counts by, becomes markup. */
function hostile(value: unknown): unknown {
  if (typeof value === 'string') return `${value}<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`
  if (Array.isArray(value)) return value.map(hostile)
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hostile(inner)]))
    : value
}

t.test('the page in a browser', { skip }, async (t) => {
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-quic', '--no-first-run'],
  })
  t.teardown(() => browser.close())

  await t.test('shows a row per replica, and a decision once a request was routed', async (t) => {
    const { page, faults, chat } = await open(t, browser)
    t.same(await page.locator('#replicas .name').allInnerTexts(), ['r0', 'r1'])
    t.ok(await page.locator('#no-decisions').isVisible())
    await chat('first')
    const row = page.locator('#decisions tr')
    await row.filter({ hasText: 'completed' }).waitFor()
    t.match(
      (await row.innerText()).replaceAll(/\s+/g, ' '),
      /^\d\d:\d\d:\d\d first m r[01] cold prompt.* 16 \d+ ms completed$/,
    )
    t.match((await page.locator('#fleet').innerText()).replaceAll(/\s+/g, ' '), /1 routed, 0 failed.*1 of the last 1 /)
    t.match(await page.title(), / req\/s/)
    t.same(faults, [])
  })

  await t.test(
    'opens a decision by keyboard, with every candidate and its score, and closes it by Escape',
    async (t) => {
      const { page, faults, chat } = await open(t, browser)
      await chat('first')
      const button = page.locator('.request')
      await button.waitFor()
      await button.focus()
      await page.keyboard.press('Enter')
      const rows = page.locator('#chosen .candidates tbody tr')
      await rows.nth(1).waitFor()
      t.equal(await button.getAttribute('aria-expanded'), 'true')
      t.same(
        (await page.locator('#chosen .candidates tbody th').allInnerTexts()).map((name) => name.slice(-2)).toSorted(),
        ['r0', 'r1'],
      )
      t.match(await rows.first().innerText(), /-?\d/)
      t.equal(await page.locator('#chosen tr.chosen').count(), 1)
      await page.keyboard.press('Escape')
      t.equal(await rows.count(), 0)
      t.same(faults, [])
    },
  )

  await t.test('says where a request body would go, or what is wrong with it', async (t) => {
    const { page, faults } = await open(t, browser)
    const explain = page.getByRole('button', { name: 'Explain' })
    await page.locator('#body', { hasText: '"model":"m"' }).waitFor()
    await explain.click()
    await page.locator('#explained tr.chosen').waitFor()
    t.match(await page.locator('#explained').innerText(), /cold prompt/)
    t.equal(await page.locator('#decisions tr').count(), 0)
    t.same(faults, [])
    await page.locator('#body').fill('{"model":"m"')
    await page.locator('#body').press('Control+Enter')
    await page.locator('#explained .notice').waitFor()
    t.match(await page.locator('#explained').innerText(), /JSON/)
  })

  await t.test('shows texts of others as texts', async (t) => {
    const { page, faults, chat } = await open(t, browser, {
      before: async (tab) => {
        await rewrite(tab, 'api/endpoints', hostile)
        await rewrite(tab, 'api/decisions?*', hostile)
        await rewrite(tab, 'api/explain', hostile)
      },
    })
    await chat('first')
    await page.locator('.request').click()
    await page.locator('#chosen .candidates').waitFor()
    await page.locator('#body').fill('{"model":"m","messages":[]}')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.locator('#explained .candidates').waitFor()
    for (const place of ['#setting', '#replicas', '#decisions', '#chosen', '#explained'])
      t.match(await page.locator(place).innerText(), '<img src=x onerror=', place)
    t.equal(await page.locator('main img, main script').count(), 0)
    t.equal(await page.evaluate('window.pwned'), undefined)
    t.same(faults, [])
  })

  await t.test('says plainly that the router does not answer, keeps what it knew, and recovers', async (t) => {
    const { page } = await open(t, browser)
    await page.route('**/api/**', (route) => route.abort())
    await page.getByRole('alert').filter({ hasText: 'Cannot reach the router' }).waitFor()
    t.equal(await page.locator('#state').innerText(), 'unreachable')
    t.equal(await page.locator('#replicas tr').count(), 2)
    await page.unroute('**/api/**')
    await page.locator('#state', { hasText: 'live' }).waitFor()
    t.notOk(await page.locator('#fault').isVisible())
  })

  await t.test('asks nothing while it is hidden or paused, and at once when it is back', async (t) => {
    const { page, faults, chat } = await open(t, browser, { before: (tab) => tab.clock.install() })
    let asked = 0
    await page.route('**/api/**', (route) => {
      asked++
      return route.continue()
    })
    const show = (hidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))`)
    const pause = page.locator('#pause')
    for (const [rest, wake] of [
      [() => show(true), () => show(false)],
      [() => pause.click(), () => pause.click()],
    ] as const) {
      await rest()
      asked = 0
      await page.clock.runFor(60_000)
      t.equal(asked, 0)
      const answered = page.waitForResponse(/api\/decisions/)
      await wake()
      await answered
    }
    await chat('after')
    await page.locator('.request', { hasText: 'after' }).waitFor()
    t.same(faults, [])
  })

  await t.test('holds the list under the pointer, and goes on when it leaves', async (t) => {
    const { page, faults, chat } = await open(t, browser)
    await chat('first')
    await page.locator('#decisions tr').hover()
    await chat('second')
    await page.locator('#held', { hasText: '1 newer' }).waitFor()
    t.equal(await page.locator('#decisions tr').count(), 1)
    await page.mouse.move(0, 0)
    await page.locator('.request', { hasText: 'second' }).waitFor()
    t.same(await page.locator('.request').allInnerTexts(), ['second', 'first'])
    t.same(faults, [])
  })

  await t.test('keeps rows of what is there only', async (t) => {
    let replicas = 2
    const { page, faults } = await open(t, browser, {
      before: async (tab) => {
        await rewrite(tab, 'api/endpoints', (answer) => {
          const endpoints = isObject(answer) ? answer['endpoints'] : undefined
          return { policy: 'p', endpoints: isList(endpoints) ? endpoints.slice(0, replicas) : [] }
        })
        let at = 0
        await rewrite(tab, 'api/decisions?*', () => ({ decisions: Array.from({ length: 200 }, () => madeUp(at++)) }))
      },
    })
    const first = page.locator('.request', { hasText: /^0$/ })
    await first.waitFor()
    t.equal(await page.locator('#decisions tr').count(), 50)
    replicas = 1
    await page.locator('#replicas tr').nth(1).waitFor({ state: 'detached' })
    await first.waitFor({ state: 'detached' })
    t.equal(await page.locator('#decisions tr').count(), 50)
    t.same(faults, [])
  })

  await t.test('fits a phone without scrolling sideways', async (t) => {
    const { page, faults, chat } = await open(t, browser, { width: 360 })
    await chat('first')
    await page.locator('.request').click()
    await page.locator('#chosen .candidates').waitFor()
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 360)
    t.same(faults, [])
  })

  await t.test('takes a counter that went back, or a long silence, as no change', async (t) => {
    const { page } = await open(t, browser)
    const rates = (routed: readonly number[], everyMs: number) =>
      page.evaluate(`import('/page/history.js').then(({ History, over }) => {
        const history = new History()
        for (const [i, routed] of ${JSON.stringify(routed)}.entries()) history.add([{
          name: 'r0', load: { requests: 0, prefillRequests: 0 }, signals: {},
          totals: { routed, promptTokens: 0, predictedCachedTokens: 0 },
        }], i * ${everyMs})
        const { routed, seconds } = over(history.fleet, 60_000)
        return { routed, seconds }
      })`)
    t.same(await rates([5, 8, 9], 1000), { routed: 4, seconds: 2 })
    t.same(await rates([5, 8, 1, 2], 1000), { routed: 4, seconds: 3 })
    t.same(await rates([5, 800], 20_000), { routed: 0, seconds: 0 })
  })
})

const madeUp = (number: number) => ({
  at: new Date(number).toISOString(),
  requestId: String(number),
  model: 'm',
  policy: 'warmpath',
  endpoint: 'r0',
  reason: 'made up',
  promptTokens: 1,
  promptBlocks: 0,
  matchedBlocks: 0,
  predictedCachedTokens: 0,
  candidates: [],
  outcome: 'completed',
  attempts: 1,
})
