import express from 'express'
import { Counter, Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { WarmpathError } from '../../../src/errors.ts'
import { listen } from '../../../src/net/http-server.ts'
import { createAdmin, type AdminOptions } from '../../../src/telemetry/admin.ts'

async function serve(t: Test, options: Partial<AdminOptions> = {}): Promise<(path: string) => Promise<Response>> {
  const app = createAdmin({ registry: new Registry(), readiness: () => [], ...options })
  const { url, close } = await listen(app, { host: '127.0.0.1', port: 0 })
  t.teardown(() => close(AbortSignal.abort()))
  return (path) => fetch(`${url}${path}`)
}

t.test('/metrics prints the registry in the Prometheus text format', async (t) => {
  const registry = new Registry()
  new Counter({ name: 'warmpath_test_total', help: 'Test.', registers: [registry] }).inc(3)
  const get = await serve(t, { registry })
  const response = await get('/metrics')
  t.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  t.match(await response.text(), 'warmpath_test_total 3')
})

t.test('/readyz is 200 without a reason against it, and 503 naming the reasons', async (t) => {
  let reasons: string[] = []
  const get = await serve(t, { readiness: () => reasons })
  const ready = await get('/readyz')
  t.same([ready.status, await ready.json()], [200, { ready: true, reasons: [] }])
  reasons = ['no endpoint known', 'stopping']
  const unready = await get('/readyz')
  t.same([unready.status, await unready.json()], [503, { ready: false, reasons }])
})

t.test('/healthz is 200 although not ready', async (t) => {
  const get = await serve(t, { readiness: () => ['stopping'] })
  t.equal((await get('/healthz')).status, 200)
})

t.test('routes are mounted at the root; anything else is a 404 as JSON', async (t) => {
  const routes = [express.Router().get('/api/endpoints', (_request, response) => void response.json([]))]
  const get = await serve(t, { routes })
  t.same(await (await get('/api/endpoints')).json(), [])
  const missing = await get('/api/nothing')
  t.same(
    [missing.status, await missing.json()],
    [404, { error: { message: 'Nothing at GET /api/nothing', code: 'NOT_FOUND' } }],
  )
})

t.test('a fault in a route is answered with its status; the text of a foreign fault stays inside', async (t) => {
  const routes = [
    express
      .Router()
      .get('/ours', () => {
        throw new WarmpathError('LIMIT_INVALID', 'limit: got -1, expected at least 1', { status: 400 })
      })
      .get('/pool/:name', (_request, response) => void response.json([]))
      .get('/foreign', () => Promise.reject(new Error('secret path /etc/x'))),
  ]
  const get = await serve(t, { routes })
  const ours = await get('/ours')
  t.same(
    [ours.status, await ours.json()],
    [400, { error: { message: 'limit: got -1, expected at least 1', code: 'LIMIT_INVALID' } }],
  )
  const foreign = await get('/foreign')
  t.equal(foreign.status, 500)
  t.notMatch(await foreign.text(), 'secret')
  t.equal((await get('/pool/%E0%A4%A')).status, 400)
})
