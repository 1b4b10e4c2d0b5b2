import t from 'tap'
import { errorOf, type Failure, mayRetry } from '../../../router/proxy/retry.ts'

const status = (code: number): Failure => ({ kind: 'status', status: code })

const cases: readonly (readonly [string, Failure, { repeated: boolean; unknownEffect: boolean; answered: number }])[] =
  [
    [
      'no connection',
      { kind: 'unreachable', what: 'ECONNREFUSED' },
      { repeated: true, unknownEffect: true, answered: 502 },
    ],
    [
      'a dropped connection',
      { kind: 'dropped', what: 'ECONNRESET' },
      { repeated: true, unknownEffect: false, answered: 502 },
    ],
    [
      'an answer that is not HTTP',
      { kind: 'garbage', what: 'HPE_INVALID' },
      { repeated: true, unknownEffect: false, answered: 502 },
    ],
    [
      'no first byte in time',
      { kind: 'first-byte-timeout', timeoutMs: 5 },
      { repeated: true, unknownEffect: false, answered: 504 },
    ],
    [
      'silence within an answer',
      { kind: 'idle-timeout', timeoutMs: 5 },
      { repeated: false, unknownEffect: false, answered: 504 },
    ],
    ['status 502', status(502), { repeated: true, unknownEffect: false, answered: 502 }],
    ['status 503', status(503), { repeated: true, unknownEffect: false, answered: 502 }],
    ['status 504', status(504), { repeated: true, unknownEffect: false, answered: 502 }],
    ['status 500', status(500), { repeated: false, unknownEffect: false, answered: 502 }],
    ['status 400', status(400), { repeated: false, unknownEffect: false, answered: 502 }],
    ['status 429', status(429), { repeated: false, unknownEffect: false, answered: 502 }],
  ]

for (const [what, failure, { repeated, unknownEffect, answered }] of cases) {
  t.test(
    `${what}: inference is ${repeated ? '' : 'not '}given to another replica, and a failure is a ${answered}`,
    (t) => {
      t.equal(mayRetry(failure, { repeatable: true }), repeated)
      t.equal(mayRetry(failure, { repeatable: false }), unknownEffect)
      t.equal(errorOf(failure).status, answered)
      t.end()
    },
  )
}
