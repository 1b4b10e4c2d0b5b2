/** A name that requests may use. LoRA adapters have the base model they belong to as `parent`. */
export interface ServedModel {
  readonly name: string
  readonly parent?: string
}

/**
 * The answer of GET /v1/models (vllm/entrypoints/openai/models/serving.py: base names first, then adapters with
 * `parent`); `undefined` if it is not such a list. A card without a usable `id` is left out.
 */
export function parseModelList(json: string): readonly ServedModel[] | undefined {
  const body = parseJson(json)
  if (!isObject(body) || !Array.isArray(body['data'])) return undefined
  const cards: readonly unknown[] = body['data']
  const models: ServedModel[] = []
  for (const card of cards) {
    if (!isObject(card)) continue
    const { id, parent } = card
    if (typeof id !== 'string' || id === '') continue
    models.push(typeof parent === 'string' && parent !== '' ? { name: id, parent } : { name: id })
  }
  return models
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
