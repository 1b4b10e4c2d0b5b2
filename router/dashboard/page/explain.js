import { element } from './dom.js'
import { showDecision } from './decision.js'

const TIMEOUT_MS = 10_000

/** The form that asks where a request would go. */
export function createExplain(byId) {
  const [form, body, result] = ['explain', 'body', 'explained'].map(byId)
  let latest = 0

  const fail = (text) => result.replaceChildren(element('p', { class: 'notice' }, text))

  async function explain() {
    const turn = ++latest
    try {
      const response = await fetch('api/explain', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: body.value,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const answer = await response.json()
      if (turn !== latest) return
      if (response.ok) showDecision(result, answer)
      else fail(answer.error.message)
    } catch (error) {
      if (turn === latest) fail(`Cannot ask the router: ${error.message}`)
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void explain()
  })
  body.addEventListener('keydown', ({ key, ctrlKey, metaKey }) => {
    if (key === 'Enter' && (ctrlKey || metaKey)) form.requestSubmit()
  })

  return {
    /** Fills the empty form once, with a model that the pool serves. */
    offer(model) {
      if (model === undefined || body.defaultValue !== '') return
      const example = { model, messages: [{ role: 'user', content: 'Why is the sky blue?' }] }
      body.defaultValue = JSON.stringify(example)
    },
  }
}
