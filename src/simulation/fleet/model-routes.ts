import { randomBytes } from 'node:crypto'
import { invalidUserInput } from './api-error.ts'
import type { Handler, ServingReplica } from './exchange.ts'
import { FieldReader } from './field-reader.ts'
import { readJson, sendJson, sendText } from './http.ts'

/** The base model, then its adapters with `parent` (vllm/entrypoints/openai/models/serving.py show_available_models). */
export const serveModels: Handler = ({ response }, { models, settings: { model }, maxModelLen, nowSeconds }) => {
  const card = (id: string, more: object): object => ({
    id,
    object: 'model',
    created: Math.floor(nowSeconds()),
    owned_by: 'vllm',
    ...more,
    permission: [permission(nowSeconds())],
  })
  const base = card(model, { root: model, parent: null, max_model_len: maxModelLen })
  const adapters = models.adapters.map(({ name, path }) =>
    card(name, { root: path, parent: model, max_model_len: null }),
  )
  sendJson(response, 200, { object: 'list', data: [base, ...adapters] })
}

/** As with VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 and --enable-lora. */
export const serveLoadLora: Handler = async ({ request, response }, replica) => {
  const fields = await loraFields(request, replica)
  const [name, path] = [fields.text('lora_name'), fields.text('lora_path')]
  const inPlace = fields.flag('load_inplace')
  fields.finish()
  if (!name || !path) throw invalidUserInput("Both 'lora_name' and 'lora_path' must be provided.")
  replica.models.load(name, path, inPlace)
  sendText(response, 200, `Success: LoRA adapter '${name}' added successfully.`)
}

export const serveUnloadLora: Handler = async ({ request, response }, replica) => {
  const fields = await loraFields(request, replica)
  const name = fields.text('lora_name')
  fields.finish()
  if (!name) throw invalidUserInput("'lora_name' needs to be provided to unload a LoRA adapter.")
  replica.models.unload(name)
  sendText(response, 200, `Success: LoRA adapter '${name}' removed successfully.`)
}

async function loraFields(request: Parameters<typeof readJson>[0], { settings }: ServingReplica): Promise<FieldReader> {
  return new FieldReader(await readJson(request, settings.maxBodyBytes))
}

function permission(nowSeconds: number): object {
  return {
    id: `modelperm-${randomBytes(8).toString('hex')}`,
    object: 'model_permission',
    created: Math.floor(nowSeconds),
    allow_create_engine: false,
    allow_sampling: true,
    allow_logprobs: true,
    allow_search_indices: false,
    allow_view: true,
    allow_fine_tuning: false,
    organization: '*',
    group: null,
    is_blocking: false,
  }
}
