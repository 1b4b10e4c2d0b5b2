import t from 'tap'
import { engineProfile, engineProfileNames, engineProfiles, withBlockTokens } from '../../../src/simulation/profiles.ts'

t.test('profiles have names of their own, and say where their numbers come from', async (t) => {
  t.equal(new Set(engineProfileNames).size, engineProfiles.length)
  t.ok(engineProfiles.every(({ source }) => source.length > 20))
})

t.test('an unknown profile is refused with the names of the known ones', async (t) => {
  t.throws(() => engineProfile('gpu'), {
    code: 'ENGINE_UNKNOWN',
    message: /"gpu".*qwen3-32b-tp2-h100, smg-mock, laptop/,
  })
})

t.test(
  'qwen3-32b-tp2-h100 has the KV room of 0.9 x 160 GB less weights and graphs, at 262,144 bytes a token',
  async (t) => {
    const { kvBlocks, blockTokens } = engineProfile('qwen3-32b-tp2-h100')
    t.equal(Math.round((kvBlocks * blockTokens) / 1000), 290)
  },
)

for (const [name, work, ms] of [
  ['qwen3-32b-tp2-h100', { prefillTokens: 15_928, prefillKvTokens: 0, decodes: 0, kvTokens: 0 }, 1000],
  ['qwen3-32b-tp2-h100', { prefillTokens: 0, prefillKvTokens: 0, decodes: 2, kvTokens: 40_000 }, 21],
  ['qwen3-32b-tp2-h100', { prefillTokens: 1593, prefillKvTokens: 0, decodes: 1, kvTokens: 1 }, 1593 / 15.928],
  ['smg-mock', { prefillTokens: 800, prefillKvTokens: 0, decodes: 10, kvTokens: 0 }, 109.5],
  ['smg-mock', { prefillTokens: 800, prefillKvTokens: 0, decodes: 0, kvTokens: 0 }, 100],
  ['laptop', { prefillTokens: 80, prefillKvTokens: 0, decodes: 20, kvTokens: 0 }, 10],
] as const) {
  const { prefillTokens, decodes, kvTokens } = work
  t.test(
    `${name} takes ${ms} ms for ${prefillTokens} prompt tokens, ${decodes} answers, ${kvTokens} in KV`,
    async (t) => {
      t.equal(engineProfile(name).stepMs(work), ms)
    },
  )
}

t.test('blocks of another size cut the same memory', async (t) => {
  const profile = engineProfile('smg-mock')
  t.match(withBlockTokens(profile, 512), { ...profile, blockTokens: 512, kvBlocks: 1024 })
  t.match(withBlockTokens(profile, 1000), { kvBlocks: 524 })
})
