import t from 'tap'
import { createFaultScript, type Fault, parseFault } from '../../../../src/simulation/fleet/faults.ts'

t.test('parseFault reads texts and objects alike and names what is wrong', async (t) => {
  const hang = { ok: true, value: { replica: 2, fault: { kind: 'hang', times: 3, path: '/x' } } }
  t.strictSame(parseFault('replica=2, kind=hang, times=3, path=/x'), hang)
  t.strictSame(parseFault({ replica: 2, kind: 'hang', times: 3, path: '/x' }), hang)
  t.match(parseFault('kind=restart,down=250ms'), {
    value: { fault: { downMs: 250, times: Infinity, path: undefined } },
  })
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    ['', /kind=status/],
    [5, /kind=status/],
    [{ kind: 'hang', chunks: 2 }, /chunks: not for this kind/],
    ['kind=status,status=200', /status: .*400/],
    ['kind=delay,delay=5', /delay: .*duration/],
    ['kind=drop,chunks=-1,times=0', /times: .*chunks: /],
  ]
  for (const [raw, expected] of wrong) t.match(parseFault(raw), { ok: false, expected }, String(raw))
})

t.test('a script gives the first fault that hits the path, as often as it says', async (t) => {
  const once: Fault = { kind: 'hang', times: 1, path: undefined }
  const onHealth: Fault = { kind: 'garbage', times: 2, path: '/health' }
  const always: Fault = { kind: 'drop', chunks: 0, times: Infinity, path: undefined }
  const script = createFaultScript([once, onHealth, always], new Set(['/v1/completions']))
  t.equal(script.take('/metrics'), undefined)
  t.match(
    ['/v1/completions', '/health', '/v1/completions', '/v1/completions'].map((path) => script.take(path)?.kind),
    ['hang', 'garbage', 'drop', 'drop'],
  )
  t.strictSame(script.remaining, [
    { ...onHealth, times: 1 },
    { ...always, times: Infinity },
  ])
  script.replace([])
  t.equal(script.take('/v1/completions'), undefined)
})
