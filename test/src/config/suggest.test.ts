import t from 'tap'
import { closest, suggest } from '../../../src/config/suggest.ts'

const names = ['--port', '--policy', '--poll-interval', '--admin-port']

t.test('closest() finds a slip of the fingers', async (t) => {
  for (const word of ['--prot', '--por', '--portt', '--post']) t.equal(closest(word, names), '--port', word)
  t.equal(closest('--pollinterval', names), '--poll-interval')
})

t.test('closest() stays silent when nothing is near', async (t) => {
  t.equal(closest('--verbose', names), undefined)
  t.equal(closest('', names), undefined)
  t.equal(closest('--port', []), undefined)
})

t.test('suggest() adds the near name to what was expected', async (t) => {
  t.equal(suggest('an option', '--prot', names), 'an option (did you mean --port?)')
  t.equal(suggest('an option', '--verbose', names), 'an option')
})
