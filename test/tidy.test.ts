import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import t from 'tap'
import { repositoryFiles, repositoryPath } from './support/repository.ts'

// House rules that neither the linter nor the compiler checks. Each test lists what breaks its rule.

const files = repositoryFiles()
const read = (path: string) => readFileSync(repositoryPath(path), 'utf8')
const code = new Map(files.filter((path) => /\.(ts|js)$/.test(path)).map((path) => [path, read(path)]))
const sources = [...code].filter(([path]) => !path.startsWith('test/'))
const tests = [...code].filter(([path]) => path.startsWith('test/'))
const documents = files.filter((path) => path.endsWith('.md'))

/** Folders of plug-ins, each a file of its own and a line in `index.ts`. */
const pluginFolders = [
  'router/policies',
  'router/scorers',
  'router/pickers',
  'scaler/strategies',
  'webhook/mutations',
  'webhook/rules',
].filter((folder) => existsSync(repositoryPath(`${folder}/index.ts`)))

t.test('every plug-in is in the index of its folder', async (t) => {
  for (const folder of pluginFolders) {
    const index = read(`${folder}/index.ts`)
    const missing = sources
      .filter(([path]) => dirname(path) === folder && basename(path) !== 'index.ts')
      .filter(([path]) => !index.includes(`'./${basename(path)}'`))
      .map(([path]) => path)
    t.same(missing, [], folder)
  }
})

t.test('only src/config/load.ts reads the environment', async (t) => {
  const readers = sources.filter(([, text]) => /process\.env\b|\benv\b.*from 'node:process'/.test(text))
  t.same(pathsOf(readers), ['src/config/load.ts'])
})

t.test('every source file is imported by another, or is a face of the package', async (t) => {
  const imported = new Set([...code].flatMap(([path, text]) => importsOf(path, text)))
  const faces = /^(router|scaler|webhook)\/index\.ts$|^src\/cli\/(main\.ts|warmpath\.js)$/
  t.same(
    pathsOf(sources).filter((path) => !imported.has(path) && !faces.test(path) && !isPageScript(path)),
    [],
  )
})

t.test('every exported value is used in some other file', async (t) => {
  const words = new Map([...code].map(([path, text]) => [path, new Set(text.match(/\w+/g))]))
  const unused = sources.flatMap(([path, text]) =>
    exportsOf(text)
      .filter((name) => ![...words].some(([other, used]) => other !== path && used.has(name)))
      .map((name) => `${path}: ${name}`),
  )
  t.same(unused, [])
})

t.test('every fixture is read by some test', async (t) => {
  const texts = tests.map(([, text]) => text).join('\n')
  const fixtures = files.filter((path) => path.startsWith('test/fixtures/'))
  const unread = fixtures.filter((path) => !texts.includes(basename(path)) && !texts.includes(basename(dirname(path))))
  t.same(unread, [])
})

t.test('a test file stands where the file, or the folder, that it tests stands', async (t) => {
  const free = /^test\/(tidy\.test\.ts|(system|e2e|bench)\/)/
  const lost = pathsOf(tests)
    .filter((path) => path.endsWith('.test.ts') && !free.test(path))
    .filter((path) => {
      const subject = path.startsWith('test/support/') ? path : path.slice('test/'.length)
      const file = subject.replace(/\.test\.ts$/, '.ts')
      return ![file, dirname(file)].some((place) => existsSync(repositoryPath(place)))
    })
  t.same(lost, [])
})

t.test('no test is skipped for good, marked to do, or the only one to run', async (t) => {
  const pattern = /\bt\.(skip|todo|only)\(|\b(skip|todo|only): ?(true|['"])/
  t.same(pathsOf(tests.filter(([, text]) => pattern.test(text))), [])
})

t.test('documents say things plainly', async (t) => {
  const findings = documents.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) => {
        const [found] = bannedProse.exec(line) ?? []
        return found === undefined ? [] : [`${path}:${index + 1}: "${found}"`]
      }),
  )
  t.same(findings, [])
})

t.test('relative links in documents lead somewhere', async (t) => {
  const broken = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)/g)]
      .flatMap(([, target]) => (target === undefined ? [] : [target]))
      .filter((target) => !existsSync(repositoryPath(join(dirname(path), target))))
      .map((target) => `${path}: ${target}`),
  )
  t.same(broken, [])
})

/** Praise without content, and the dash that joins two half thoughts. */
const bannedProse = new RegExp(
  [
    ...['robust', 'seamless(ly)?', 'comprehensive', 'powerful', 'effortless(ly)?', 'blazing(ly)?', 'cutting-edge'],
    ...[
      'state-of-the-art',
      'leverag(e|es|ing)',
      'delve',
      'elegant',
      'world-class',
      'battle-tested',
      'production-ready',
    ],
  ]
    .map((word) => `\\b${word}\\b`)
    .concat('\u2014')
    .join('|'),
  'i',
)

function importsOf(path: string, text: string): readonly string[] {
  const specifiers = text.matchAll(/(?:from|import|import\(|new URL\()\s*'(\.[^']+)'/g)
  return [...specifiers].flatMap(([, target]) => (target === undefined ? [] : [join(dirname(path), target)]))
}

function exportsOf(text: string): readonly string[] {
  const declarations = text.matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm)
  return [...declarations].flatMap(([, name]) => (name === undefined ? [] : [name]))
}

/** Scripts that are read as text and put into a page. */
function isPageScript(path: string): boolean {
  return path.endsWith('.js') && path.includes('/page/')
}

function pathsOf(entries: readonly (readonly [string, string])[]): readonly string[] {
  return entries.map(([path]) => path)
}
