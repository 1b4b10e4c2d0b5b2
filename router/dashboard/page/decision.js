import { createBar, element } from './dom.js'
import { formatCount, formatMs, formatScore, formatTime } from './format.js'

/** Shows a decision, taken or explained: what is known of it, then its candidates, best score first. */
export function showDecision(parent, decision) {
  parent.replaceChildren(facts(decision), candidates(decision))
}

function facts(decision) {
  const { at, outcome, attempts, ttftMs, e2eMs, observedCachedTokens } = decision
  const taken = outcome !== undefined
  const rows = [
    ['replica', decision.endpoint],
    ['reason', decision.reason],
    ['prompt', `about ${formatCount(decision.promptTokens)} tokens, ${formatCount(decision.promptBlocks)} blocks`],
    ['cached', cachedText(decision.predictedCachedTokens, observedCachedTokens, taken)],
    ...(taken
      ? [
          ['outcome', attempts > 1 ? `${outcome} after ${attempts} attempts` : outcome],
          ['times', `first token ${formatMs(ttftMs)}, whole answer ${formatMs(e2eMs)}`],
          ['model', decision.model],
          ['policy', decision.policy],
          ['at', formatTime(at)],
          ['request', decision.requestId],
        ]
      : []),
  ]
  return element(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, text)]),
  )
}

function cachedText(predicted, observed, taken) {
  const text = `${formatCount(predicted)} tokens predicted`
  return taken ? `${text}, ${formatCount(observed)} observed` : text
}

function candidates({ candidates: all, endpoint: chosen, promptBlocks }) {
  const best = all.toSorted((a, b) => (b.score ?? -Infinity) - (a.score ?? -Infinity))
  const heads = [
    ['Candidate', ''],
    ['Score', 'number'],
    ['Blocks', 'number'],
    ['In flight', 'number'],
    ['Prefill', 'number'],
  ]
  const head = heads.map(([name, className]) => element('th', { scope: 'col', class: className }, name))
  return element(
    'div',
    { class: 'candidates', tabindex: '0', role: 'region', 'aria-label': 'Candidates, highest score first' },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...best.map((candidate) => candidateRow(candidate, { chosen, promptBlocks }))),
    ),
  )
}

function candidateRow({ endpoint, score, matchedBlocks, inFlightRequests, prefillTokens }, { chosen, promptBlocks }) {
  const isChosen = endpoint === chosen
  const bar = createBar('holds')
  bar.set(promptBlocks === 0 ? 0 : matchedBlocks / promptBlocks)
  const number = (...children) => element('td', { class: 'number' }, ...children)
  const mark = element('span', { class: 'mark', role: 'img', 'aria-label': 'chosen' }, '✓\u00a0')
  const name = element('th', { scope: 'row' }, ...(isChosen ? [mark] : []), endpoint)
  return element(
    'tr',
    { class: isChosen ? 'chosen' : '' },
    name,
    number(formatScore(score)),
    number(formatCount(matchedBlocks), bar.node),
    number(formatCount(inFlightRequests)),
    number(formatCount(prefillTokens)),
  )
}
