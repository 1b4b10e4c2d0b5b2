import t from 'tap'
import { LabelCap } from '../../router/label-cap.ts'

t.test('names seen first keep their label, later ones share one', (t) => {
  const cap = new LabelCap(2)
  t.strictSame(
    ['a', 'b', 'c', 'a', 'd'].map((name) => cap.of(name)),
    ['a', 'b', 'other', 'a', 'other'],
  )
  t.end()
})
