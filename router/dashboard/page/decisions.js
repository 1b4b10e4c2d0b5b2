import { arrange, cell, element, setAttribute, setText } from './dom.js'
import { showDecision } from './decision.js'
import { formatCount, formatMs, formatTime } from './format.js'

const MOST_ROWS = 50
/** A list that moves under the pointer cannot be clicked, so it is held; not for a pointer that was left there. */
const HOLD_MS = 10_000
/** As in index.html. */
const narrow = matchMedia('(max-width: 1000px)')

/** The newest decisions, and the chosen one with its candidates beside them. */
export function createDecisionList(byId) {
  const body = byId('decisions')
  const detail = byId('chosen')
  const hold = createHold(body)
  let rows = new Map()
  let chosen

  function choose(key) {
    const row = rows.get(key)
    chosen = chosen?.key === key || row === undefined ? undefined : { key, decision: row.decision }
    for (const one of rows.values()) one.mark(one.key === chosen?.key)
    byId('close').hidden = chosen === undefined
    if (chosen === undefined) {
      detail.replaceChildren(
        element('p', { class: 'empty' }, 'Choose a decision to see its candidates and their scores.'),
      )
      return
    }
    showDecision(detail, chosen.decision)
    // Beside the list it is in sight anyway.
    if (narrow.matches) byId('decision').scrollIntoView({ block: 'nearest' })
  }

  body.addEventListener('click', ({ target }) => {
    const key = target.closest('tr')?.dataset.key
    if (key !== undefined) choose(key)
  })
  byId('close').addEventListener('click', () => choose(undefined))
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape' && chosen !== undefined) choose(undefined)
  })

  return {
    show(decisions) {
      const keyed = withKeys(decisions)
      for (const [key, decision] of keyed) rows.get(key)?.show(decision)
      const newer = rows.size === 0 ? 0 : countNewer(keyed, rows)
      const held = hold.isOn() && rows.size > 0
      if (!held) {
        const next = new Map()
        for (const [key, decision] of [...keyed].slice(0, MOST_ROWS)) {
          const row = rows.get(key) ?? createRow(key)
          row.show(decision)
          row.mark(key === chosen?.key)
          next.set(key, row)
        }
        rows = next
        arrange(
          body,
          [...rows.values()].map(({ node }) => node),
        )
      }
      setText(byId('held'), held ? `held while you are in it; ${newer} newer` : 'newest first')
      byId('no-decisions').hidden = decisions.length > 0
      const update = chosen === undefined ? undefined : keyed.get(chosen.key)
      if (update !== undefined && !same(update, chosen.decision)) {
        chosen.decision = update
        showDecision(detail, update)
      }
    },
  }
}

/** Clients choose request ids, so one alone does not tell two decisions apart. */
function withKeys(decisions) {
  const seen = new Map()
  const keyed = decisions.toReversed().map((decision) => {
    const key = `${decision.at} ${decision.requestId}`
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return [`${key} ${count}`, decision]
  })
  return new Map(keyed.toReversed())
}

function countNewer(keyed, rows) {
  let newer = 0
  for (const key of keyed.keys()) {
    if (rows.has(key)) return newer
    newer++
  }
  return `${newer} or more`
}

/** Attempts, outcome and times are all that changes of a decision. */
const same = (one, other) =>
  ['attempts', 'outcome', 'observedCachedTokens', 'ttftMs', 'e2eMs'].every((key) => one[key] === other[key])

function createHold(body) {
  let movedMs = -Infinity
  body.addEventListener('pointermove', ({ pointerType }) => {
    if (pointerType === 'mouse') movedMs = performance.now()
  })
  body.addEventListener('pointerleave', () => (movedMs = -Infinity))
  return {
    isOn: () => performance.now() - movedMs < HOLD_MS || body.querySelector(':focus-visible') !== null,
  }
}

/** Names of the columns of numbers, for where style sheets put rows as cards. */
const labels = { blocks: 'Blocks', predicted: 'Predicted', observed: 'Observed', ttft: 'TTFT' }

function createRow(key) {
  const button = element('button', { type: 'button', class: 'request', 'aria-controls': 'decision' })
  const texts = Object.fromEntries(
    ['time', 'model', 'replica', 'reason', 'blocks', 'predicted', 'observed', 'ttft', 'outcome'].map((name) => {
      const label = labels[name]
      const node = cell(label === undefined ? name : `number ${name}`)
      if (label !== undefined) node.dataset.label = label
      return [name, node]
    }),
  )
  const { time, ...rest } = texts
  const node = element('tr', { role: 'row' }, time, cell('id', button), ...Object.values(rest))
  node.dataset.key = key
  const row = {
    key,
    node,
    decision: undefined,
    mark: (on) => setAttribute(button, 'aria-expanded', String(on)),
    show(decision) {
      row.decision = decision
      const { requestId, model, endpoint, reason, outcome, observedCachedTokens: observed, promptTokens } = decision
      const shown = {
        time: formatTime(decision.at),
        model,
        replica: endpoint,
        reason,
        blocks: `${formatCount(decision.matchedBlocks)}/${formatCount(decision.promptBlocks)}`,
        predicted: formatCount(decision.predictedCachedTokens),
        observed: formatCount(observed),
        ttft: formatMs(decision.ttftMs),
        outcome: decision.attempts > 1 ? `${outcome} ×${decision.attempts}` : outcome,
      }
      for (const [name, text] of Object.entries(shown)) setText(texts[name], text)
      setText(button, requestId.slice(0, 8))
      setAttribute(button, 'title', requestId)
      setAttribute(texts.outcome, 'title', `attempts: ${decision.attempts}`)
      for (const name of ['model', 'replica', 'reason']) setAttribute(texts[name], 'title', shown[name])
      setAttribute(texts.outcome, 'data-outcome', outcome)
      texts.observed.classList.toggle('high', isOff(decision.predictedCachedTokens, observed, promptTokens))
    },
  }
  return row
}

/** Predicted and observed differ by more than a quarter of the prompt: the router does not know that cache well. */
const isOff = (predicted, observed, promptTokens) =>
  observed !== undefined && Math.abs(predicted - observed) > promptTokens / 4
