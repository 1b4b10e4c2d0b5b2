import { element, setAttribute, setText } from './dom.js'
import { createDecisionList } from './decisions.js'
import { createExplain } from './explain.js'
import { createFleetNumbers } from './fleet.js'
import { History } from './history.js'
import { getJson, startPolling } from './poll.js'
import { createReplicaTable } from './replicas.js'

const byId = (id) => document.getElementById(id)

/** An answer lists every candidate of every decision; in a large pool fewer decisions are asked for. */
const decisionsFor = (replicas) => Math.max(20, Math.min(256, Math.floor(6000 / Math.max(1, replicas))))

const history = new History()
const fleet = createFleetNumbers(byId('fleet'))
const replicas = createReplicaTable(byId('replicas'))
const decisions = createDecisionList(byId)
const explain = createExplain(byId)
const pause = byId('pause')
const setting = Object.fromEntries(['policy', 'pool', 'model', 'ready'].map((name) => [name, element('dd')]))
for (const [name, value] of Object.entries(setting))
  byId('setting').append(element('div', {}, element('dt', {}, name), value))
let replicaCount = 0
let answeredMs
let paused = false

async function ask(signal) {
  const [pool, log] = await Promise.all([
    getJson('api/endpoints', signal),
    getJson(`api/decisions?limit=${decisionsFor(replicaCount)}`, signal),
  ])
  return { pool, log }
}

function heard({ pool: { endpoints, policy }, log }) {
  answeredMs = performance.now()
  replicaCount = endpoints.length
  history.add(endpoints, answeredMs)
  fleet.show({ endpoints, steps: history.fleet, decisions: log.decisions })
  replicas.show(endpoints, history)
  decisions.show(log.decisions)
  explain.offer(endpoints[0]?.model)
  showSetting(endpoints, policy)
  byId('no-replicas').hidden = endpoints.length > 0
  byId('fault').hidden = true
  document.body.classList.remove('stale')
  showState()
}

function failed(error) {
  const cause = error instanceof TypeError ? 'no connection' : error.message
  setText(byId('trouble'), `Cannot reach the router (${cause}). Asking again every second.`)
  // Apart, because what is said aloud must not change every second.
  setText(byId('age'), answeredMs === undefined ? '' : `What stands below is ${secondsSince(answeredMs)} s old.`)
  byId('fault').hidden = false
  document.body.classList.add('stale')
  showState('unreachable')
}

const secondsSince = (ms) => Math.round((performance.now() - ms) / 1000)

function showSetting(endpoints, policy) {
  const distinct = (key) => [...new Set(endpoints.map((endpoint) => endpoint[key]))]
  const ready = endpoints.filter(({ health }) => health === 'ready').length
  const shorten = (names) =>
    names.length > 3 ? `${names.slice(0, 3).join(', ')}, ${names.length - 3} more` : names.join(', ')
  const facts = {
    policy,
    pool: shorten(distinct('pool')),
    model: shorten(distinct('model')),
    ready: `${ready} of ${endpoints.length}`,
  }
  for (const [name, text] of Object.entries(facts)) setText(setting[name], text)
}

function showState(trouble) {
  const state = trouble ?? (paused ? 'paused' : 'live')
  setText(byId('state'), state)
  setAttribute(byId('state'), 'data-state', state)
  document.title = state === 'live' ? `${fleet.rate()} req/s · warmpath` : `${state} · warmpath`
}

const polling = startPolling({ ask, heard, failed })

pause.addEventListener('click', () => {
  paused = !paused
  setAttribute(pause, 'aria-pressed', String(paused))
  setText(pause, paused ? 'Resume' : 'Pause')
  showState()
  polling.pause(paused)
})
