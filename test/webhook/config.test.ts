import { join } from 'node:path'
import t from 'tap'
import { envName } from '../../src/config/names.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/errors.ts'
import { settingsFields, toSettings } from '../../webhook/config.ts'

const load = (values: Readonly<Record<string, string>>) =>
  loadConfig(settingsFields, {
    env: Object.fromEntries(Object.entries(values).map(([key, value]) => [envName(key), value])),
  })

t.test('options become the settings of mutations and rules', async (t) => {
  const settings = await toSettings(
    load({
      platform: 'mixed',
      families: 'p5en,p5',
      extraTolerations: 'example.com/a',
      optIn: 'shm=8Gi,model-cache=s3,compile,nixl-host',
    }),
  )
  t.match(settings, {
    platform: 'mixed',
    category: 'p',
    families: ['p5en', 'p5'],
    extraTolerations: ['example.com/a'],
    defaults: { shm: '8Gi', 'model-cache': 's3,compile', 'nixl-host': 'enabled' },
  })
})

const wrong: readonly (readonly [string, string, string, RegExp])[] = [
  ['an unknown opt-in', 'optIn', 'turbo=on', /one of .*shm/],
  ['a value that the opt-in does not take', 'optIn', 'shm=lots', /shm: expected/],
  ['a family that is none', 'families', 'p5,H100', /family/],
  ['a category that no label can hold', 'category', 'p,g', /category/],
  ['a taint key with a value', 'extraTolerations', 'a=b', /taint key/],
  ['a taint key with two prefixes', 'extraTolerations', 'a/b/c', /taint key/],
  ['a taint key with an upper-case prefix', 'extraTolerations', 'Example.com/b', /taint key/],
  ['an unknown platform', 'platform', 'gke', /one of auto-mode/],
]

for (const [what, key, value, message] of wrong)
  t.test(`${what} is refused, as it would make pods that the API server refuses`, async (t) => {
    t.throws(() => load({ [key]: value }), { code: 'CONFIG_INVALID', message })
  })

t.test('a catalogue file replaces rows, and what is wrong in it is named', async (t) => {
  const source = 'source: measured\ndate: 2026-11-01\n'
  const folder = t.testdir({
    'good.yaml': `${source}families: [{platform: auto-mode, family: p5, support: unlisted}]\n`,
    'bad.yaml': 'families: [{platform: nowhere}]\n',
  })
  const { catalogue } = await toSettings(load({ catalogueFile: join(folder, 'good.yaml') }))
  t.match(
    catalogue.families.filter(({ family, platform }) => family === 'p5' && platform === 'auto-mode'),
    [{ support: 'unlisted' }],
  )
  await t.rejects(toSettings(load({ catalogueFile: join(folder, 'bad.yaml') })), ConfigError)
  await t.rejects(toSettings(load({ catalogueFile: join(folder, 'none.yaml') })), /none\.yaml/)
})
