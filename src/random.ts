/** Uniform, 0 ≤ x < 1. Passed in wherever chance decides, so that a seed fixes the outcome. */
export type Random = () => number

/**
 * A seeded generator: equal seeds give equal sequences on every machine. Not for secrets.
 * sfc32 by Chris Doty-Humphrey (PractRand 0.94), 128 bits of state, seeded through splitmix32.
 */
export function createRandom(seed: number): Random {
  const [low, high] = [splitmix32(seed), splitmix32(Math.floor(seed / 2 ** 32))]
  let [a, b, c, counter] = [low(), high(), low(), 1]
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  // PractRand's author runs 12 rounds after seeding, so that close seeds are unrelated.
  for (let round = 0; round < 12; round++) next()
  return next
}

function splitmix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  }
}
