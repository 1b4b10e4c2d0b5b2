import fc from 'fast-check'
import t from 'tap'
import { createLog, silentLog, type LogOptions } from '../../../src/telemetry/log.ts'

function record(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const time = () => new Date('2026-11-23T10:20:30.400Z')
  const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(line), time, ...options })
  return { log, lines, parsed: () => lines.map((line): unknown => JSON.parse(line)) }
}

t.test('a JSON line holds time, level, event and fields', async (t) => {
  const { log, parsed } = record()
  log.warn('endpoint removed', { endpoint: 'pod-7', inFlight: 3 })
  t.same(parsed(), [
    { endpoint: 'pod-7', inFlight: 3, time: '2026-11-23T10:20:30.400Z', level: 'warn', event: 'endpoint removed' },
  ])
})

t.test('lines below the level are not written', async (t) => {
  const { log, parsed } = record({ level: 'warn' })
  log.debug('a')
  log.info('b')
  log.warn('c')
  log.error('d')
  t.match(parsed(), [{ event: 'c' }, { event: 'd' }])
  t.equal(parsed().length, 2)
})

t.test('a child adds its fields to every line, and a line may override them', async (t) => {
  const { log, parsed } = record()
  log.child({ pool: 'local', endpoint: 'a' }).child({ endpoint: 'b' }).info('polled', { status: 200 })
  t.match(parsed(), [{ pool: 'local', endpoint: 'b', status: 200 }])
})

t.test('credentials and prompts come out as [redacted], counts of tokens do not', async (t) => {
  const { log, lines, parsed } = record()
  log.info('request', {
    apiKey: 'k1',
    headers: { Authorization: 'k2', 'x-api-key': 'k3' },
    prompt: 'k4',
    messages: ['k5'],
  })
  log.info('tokens', { promptTokens: 7, firstTokenMs: 3, hfToken: 'k6', secretName: 'tls' })
  t.notMatch(lines.join(''), /k\d/)
  t.match(parsed()[1], { promptTokens: 7, firstTokenMs: 3, hfToken: '[redacted]', secretName: 'tls' })
})

t.test('an error shows message, code and causes; its stack at level debug only', async (t) => {
  const error = new Error('outer', { cause: Object.assign(new Error('inner'), { code: 'ECONNRESET' }) })
  const info = record()
  info.log.error('failed', { error })
  t.match(info.parsed(), [{ error: { message: 'outer', cause: { message: 'inner', code: 'ECONNRESET' } } }])
  t.notMatch(info.lines.join(''), /stack/)
  const debug = record({ level: 'debug' })
  debug.log.error('failed', { error })
  t.match(debug.parsed(), [{ error: { stack: /log\.test\.ts/ } }])
})

t.test('any fields make exactly one line', async (t) => {
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const odd = { circular, big: 10n, map: new Map([['a', 1]]), set: new Set([1]), fn: () => 1, no: undefined, nan: NaN }
  for (const format of ['json', 'pretty'] as const) {
    const { log, lines } = record({ format })
    log.info('odd', odd)
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.anything()), (fields) => log.info('any', fields)))
    t.ok(lines.every((line) => /^[^\n]*\n$/.test(line)))
  }
})

t.test('fields cannot replace time, level or event', async (t) => {
  const { log, lines, parsed } = record()
  log.info('real', { time: 1, level: 'none', event: 'fake' })
  t.match(parsed(), [{ level: 'info', event: 'real', time: '2026-11-23T10:20:30.400Z' }])
  t.match(lines[0], /^{"time":/)
})

t.test('the pretty form is one readable line, with colours on request', async (t) => {
  const plain = record({ format: 'pretty' })
  plain.log.info('listening', { url: 'http://127.0.0.1:1', why: 'two words', count: 2 })
  t.match(plain.lines[0], /^\d\d:\d\d:\d\d info {2}listening url=http:\/\/127.0.0.1:1 why="two words" count=2\n$/)
  const colored = record({ format: 'pretty', colors: true })
  colored.log.error('x')
  t.match(colored.lines[0], '\u001B[31merror')
})

t.test('silentLog takes everything and keeps nothing', async (t) => {
  t.equal(silentLog.child({ a: 1 }), silentLog)
  t.doesNotThrow(() => silentLog.error('x', { error: new Error('y') }))
})
