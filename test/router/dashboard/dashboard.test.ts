import { readdirSync } from 'node:fs'
import t, { type Test } from 'tap'
import { startFor } from '../../support/proxy-harness.ts'
import { repositoryPath } from '../../support/repository.ts'

async function start(t: Test) {
  const { proxy } = await startFor(t, 1)
  return async (path: string) => {
    const response = await fetch(new URL(path, `${proxy.adminUrl}/`))
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
}

t.test('the page and every file of it are served, each as what it is', async (t) => {
  const get = await start(t)
  const typeOf: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }
  t.match((await get('')).headers.get('content-type'), /^text\/html; charset=utf-8$/)
  const files = readdirSync(repositoryPath('router/dashboard/page')).filter((file) => file !== 'index.html')
  for (const file of files) {
    const { status, headers } = await get(`page/${file}`)
    t.equal(status, 200, file)
    t.equal(headers.get('content-type')?.split(';')[0], typeOf[file.split('.').at(-1) ?? ''], file)
  }
})

t.test('the page may load, ask and be framed by nobody else', async (t) => {
  const get = await start(t)
  const { headers, text } = await get('')
  const policy = headers.get('content-security-policy') ?? ''
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ])
    t.ok(policy.split('; ').includes(rule), rule)
  t.notMatch(policy, /unsafe|https?:|\*/)
  t.equal(headers.get('x-content-type-options'), 'nosniff')
  // The policy would switch these off without a word to the user.
  t.notMatch(text, /<script(?! type="module" src=)|<style|\sstyle=|\son\w+=|https?:/)
})

t.test('what the page does not have is still a 404 of the admin port', async (t) => {
  const get = await start(t)
  for (const path of ['page/', 'page/index.html', 'page/../dashboard.ts', 'page/%2e%2e/dashboard.ts'])
    t.match(await get(path), { status: 404 }, path)
})
