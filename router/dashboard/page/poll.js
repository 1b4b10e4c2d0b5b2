const EVERY_MS = 1000
const TIMEOUT_MS = 5000

/**
 * Calls `ask(signal)` once a second, each time after the one before has ended, and tells `heard(answer)` or
 * `failed(error)`. Rests while the tab is hidden or `pause(true)` was called.
 */
export function startPolling({ ask, heard, failed }) {
  let paused = false
  let timer
  let asking = false

  async function tick() {
    clearTimeout(timer)
    if (asking || paused || document.hidden) return
    asking = true
    try {
      heard(await ask(AbortSignal.timeout(TIMEOUT_MS)))
    } catch (error) {
      failed(error)
    }
    asking = false
    if (!paused && !document.hidden) timer = setTimeout(tick, EVERY_MS)
  }

  document.addEventListener('visibilitychange', () => void tick())
  void tick()
  return {
    pause(value) {
      paused = value
      void tick()
    },
  }
}

/** The JSON of a successful answer; `path` is relative to the page, which may stand under a prefix. */
export async function getJson(path, signal) {
  const response = await fetch(path, { signal, cache: 'no-store' })
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return response.json()
}
