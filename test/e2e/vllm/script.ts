/** Requests one after the other, chosen to store, extend, share, salt, evict and reset; answers of one token. */
export type ScriptStep = 'reset' | Readonly<Record<string, unknown>>

const ids = (length: number, start: number): readonly number[] =>
  Array.from({ length }, (_, i) => 4 + ((i * 7 + start) % 250))

export const cacheScript: readonly ScriptStep[] = [
  { prompt: ids(100, 1) },
  { prompt: ids(100, 1) },
  // A prompt of whole blocks computes its last block again.
  { prompt: ids(64, 1) },
  { prompt: ids(32, 2) },
  { prompt: ids(32, 2) },
  { prompt: ids(31, 3) },
  { prompt: ids(300, 1) },
  { prompt: ids(100, 1), cache_salt: 's' },
  { prompt: ids(100, 1), cache_salt: 't' },
  { prompt: ids(100, 1), cache_salt: 's' },
  { prompt: [ids(80, 5), ids(80, 6)] },
  { prompt: ids(90, 9), n: 3 },
  // Three long prompts are more than the cache holds.
  { prompt: ids(1900, 20) },
  { prompt: ids(100, 1) },
  { prompt: ids(1900, 21) },
  { prompt: ids(1800, 22) },
  { prompt: ids(300, 1) },
  { prompt: ids(1900, 20) },
  'reset',
  { prompt: ids(100, 1) },
  { prompt: ids(127, 40) },
]

/** Plays the script and gives prompt, answer and cached tokens of each request. */
export async function playCacheScript(url: string): Promise<readonly string[]> {
  const counts: string[] = []
  for (const step of cacheScript) {
    if (step === 'reset') await resetCache(url)
    else counts.push(countsOf(await complete(url, { max_tokens: 1, ...step })))
  }
  return counts
}

export async function resetCache(url: string): Promise<void> {
  const response = await fetch(`${url}/reset_prefix_cache`, { method: 'POST' })
  const answer: unknown = await response.json()
  if (JSON.stringify(answer) !== '{"success":true}') throw new Error(`no reset: ${JSON.stringify(answer)}`)
}

export async function complete(url: string, body: object): Promise<string> {
  const response = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'tiny', ignore_eos: true, ...body }),
  })
  return response.text()
}

function countsOf(answer: string): string {
  return ['prompt_tokens', 'completion_tokens', 'cached_tokens']
    .map((name) => `${name} ${new RegExp(`"${name}":(\\d+)`).exec(answer)?.[1]}`)
    .join(', ')
}
