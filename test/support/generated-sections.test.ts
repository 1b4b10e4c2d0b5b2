import t from 'tap'
import { replaceSection, sectionNames } from './generated-sections.ts'

const text = [
  '# A',
  '<!-- generated: one -->',
  'old',
  '<!-- end -->',
  'kept',
  '<!-- generated: two -->',
  '<!-- end -->',
]

t.test('replaceSection() changes what is between the markers of its name, and nothing else', async (t) => {
  const replaced = replaceSection(text.join('\n'), 'one', '| new |\n')
  t.equal(replaced, text.join('\n').replace('old', '\n| new |\n'))
  t.equal(replaceSection(replaced ?? '', 'one', '| new |'), replaced)
})

t.test('replaceSection() gives undefined for a section that is missing or never ends', async (t) => {
  t.equal(replaceSection(text.join('\n'), 'three', 'x'), undefined)
  t.equal(replaceSection('<!-- generated: one -->\nold', 'one', 'x'), undefined)
})

t.test('sectionNames() lists the sections in order', async (t) => {
  t.same(sectionNames(text.join('\n')), ['one', 'two'])
})
