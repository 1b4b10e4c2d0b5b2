import type { EndpointState, PoolSnapshot } from '../../src/endpoints/endpoint.ts'
import { isList, isObject, type JsonObject, parseJson, textOf } from '../openai/json.ts'

/** Gets `/v1/models` of one engine: status and body, or undefined when it did not answer. */
export type AskModels = (origin: string) => Promise<{ readonly status: number; readonly body: string } | undefined>

export type ModelsAnswer =
  | { readonly kind: 'cards'; readonly cards: readonly JsonObject[] }
  /** An engine wants a key that the client did not send: its own answer. */
  | { readonly kind: 'refused'; readonly status: number; readonly body: string }

/**
 * The cards of all models and adapters that the pool serves, each id once. Engines that serve the same names answer
 * for each other, so this asks one per distinct list, another if the first does not answer; names that no engine
 * described get a card with the name alone.
 */
export async function listModels({ endpoints }: PoolSnapshot, ask: AskModels): Promise<ModelsAnswer> {
  const cards = new Map<string, JsonObject>()
  const answers = await Promise.all(groups(endpoints).map((group) => askOne(group, ask)))
  for (const answer of answers) {
    if (answer === undefined) continue
    if (answer.status === 401 || answer.status === 403) return { kind: 'refused', ...answer }
    for (const [id, card] of cardsIn(answer.body)) if (!cards.has(id)) cards.set(id, card)
  }
  for (const name of namesOf(endpoints)) if (!cards.has(name)) cards.set(name, bareCard(name))
  return { kind: 'cards', cards: [...cards.values()] }
}

/** Engines asked at most: a pool has few distinct lists, and a client's call must not fan out to hundreds of pods. */
const MOST_GROUPS = 32
const TRIES_PER_GROUP = 2

function groups(endpoints: readonly EndpointState[]): readonly (readonly string[])[] {
  const byList = new Map<string, string[]>()
  for (const { endpoint, health, servedModels } of endpoints) {
    if (health === 'unready' || health === 'unreachable') continue
    const key = JSON.stringify(servedModels?.toSorted() ?? [endpoint.model])
    const group = byList.get(key)
    if (group === undefined) byList.set(key, [endpoint.url])
    else if (group.length < TRIES_PER_GROUP) group.push(endpoint.url)
  }
  return [...byList.values()].slice(0, MOST_GROUPS)
}

async function askOne(origins: readonly string[], ask: AskModels): ReturnType<AskModels> {
  for (const origin of origins) {
    const answer = await ask(origin)
    if (answer !== undefined) return answer
  }
  return undefined
}

function cardsIn(body: string): readonly (readonly [string, JsonObject])[] {
  const list = parseJson(body)
  const data = isObject(list) ? list['data'] : undefined
  if (!isList(data)) return []
  return data.flatMap((card) => {
    const id = isObject(card) ? textOf(card['id']) : undefined
    return id === undefined || !isObject(card) ? [] : [[id, card] as const]
  })
}

function namesOf(endpoints: readonly EndpointState[]): ReadonlySet<string> {
  return new Set(endpoints.flatMap(({ endpoint, servedModels }) => [...(servedModels ?? [endpoint.model])]))
}

/** The required fields of OpenAI's model object; `created` is not known. */
const bareCard = (id: string): JsonObject => ({ id, object: 'model', created: 0, owned_by: 'vllm' })
