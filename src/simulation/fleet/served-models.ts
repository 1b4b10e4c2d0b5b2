import type { LoraAdapter } from './sequence.ts'
import { invalidUserInput, notFound } from './api-error.ts'

export type ServedModel =
  | { readonly kind: 'base'; readonly name: string }
  | { readonly kind: 'lora'; readonly name: string; readonly adapter: LoraAdapter }

export interface ServedModels {
  /** No name means the base model, as in vLLM. Throws vLLM's 404. */
  find(name: string | undefined): ServedModel
  readonly adapters: readonly LoraAdapter[]
  /** Throws vLLM's 400 for a name already loaded. */
  load(name: string, path: string, inPlace: boolean): void
  /** Throws vLLM's 404. */
  unload(name: string): void
}

/** The base model and its LoRA adapters (vllm/entrypoints/openai/models/serving.py). */
export function createServedModels(baseModel: string, loras: readonly string[]): ServedModels {
  const adapters = new Map<string, LoraAdapter>()
  let lastId = 0
  const add = (name: string, path: string): void => {
    adapters.set(name, { name, path, id: adapters.get(name)?.id ?? ++lastId })
  }
  for (const name of loras) add(name, `/adapters/${name}`)

  return {
    find(name) {
      if (name === undefined || name === '' || name === baseModel) return { kind: 'base', name: baseModel }
      const adapter = adapters.get(name)
      if (adapter === undefined) throw notFound(`The model \`${name}\` does not exist.`, 'model')
      return { kind: 'lora', name, adapter }
    },
    get adapters() {
      return [...adapters.values()]
    },
    load(name, path, inPlace) {
      if (name === baseModel || (adapters.has(name) && !inPlace)) {
        throw invalidUserInput(`The lora adapter '${name}' has already been loaded; set 'load_inplace' to replace it.`)
      }
      if (adapters.size >= maxAdapters && !adapters.has(name))
        throw invalidUserInput(`At most ${maxAdapters} adapters can be loaded.`)
      add(name, path)
    },
    unload(name) {
      if (!adapters.delete(name)) throw notFound(`The lora adapter '${name}' cannot be found.`)
    },
  }
}

const maxAdapters = 1000
