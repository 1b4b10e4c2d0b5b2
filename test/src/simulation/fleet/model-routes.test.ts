import t from 'tap'
import { chat, startFleet } from '../../../support/simulated-fleet.ts'

t.test('/v1/models lists the base model, then its adapters with their parent', async (t) => {
  const { getJson } = await startFleet(t, { loras: ['sql'] })
  t.match(await getJson('/v1/models'), {
    object: 'list',
    data: [
      {
        id: 'tiny',
        object: 'model',
        owned_by: 'vllm',
        root: 'tiny',
        parent: null,
        max_model_len: 4096,
        permission: [{ object: 'model_permission' }],
      },
      { id: 'sql', owned_by: 'vllm', root: '/adapters/sql', parent: 'tiny', max_model_len: null },
    ],
  })
})

t.test('a served name of its own stands for the model', async (t) => {
  const { getJson, postJson } = await startFleet(t, { model: 'my-model' })
  t.match(await getJson('/v1/models'), { data: [{ id: 'my-model' }] })
  t.match(await postJson('/v1/chat/completions', chat('hi', { model: 'my-model' })), {
    status: 200,
    body: { model: 'my-model' },
  })
  t.match(await postJson('/v1/chat/completions', chat('hi')), { status: 404 })
})

t.test('a loaded adapter serves, an unloaded one is gone', async (t) => {
  const { post, postJson } = await startFleet(t)
  const ask = () => postJson('/v1/chat/completions', chat('hi', { model: 'sql', max_tokens: 1 }))
  t.match(await ask(), { status: 404 })
  const loaded = await post('/v1/load_lora_adapter', { lora_name: 'sql', lora_path: '/x/sql' })
  t.strictSame([loaded.status, await loaded.text()], [200, "Success: LoRA adapter 'sql' added successfully."])
  t.match(await ask(), { status: 200, body: { model: 'sql' } })
  const unloaded = await post('/v1/unload_lora_adapter', { lora_name: 'sql' })
  t.strictSame([unloaded.status, await unloaded.text()], [200, "Success: LoRA adapter 'sql' removed successfully."])
  t.match(await ask(), { status: 404 })
})

t.test('loading refuses what vLLM refuses', async (t) => {
  const { postJson, post } = await startFleet(t, { loras: ['sql'] })
  const invalid = (message: RegExp) => ({
    status: 400,
    body: { error: { type: 'InvalidUserInput', code: 400, message } },
  })
  const load = (body: object) => postJson('/v1/load_lora_adapter', body)
  t.match(await load({ lora_name: 'x' }), invalid(/must be provided/))
  t.match(await load({ lora_name: 'sql', lora_path: '/y' }), invalid(/already been loaded/))
  t.equal((await post('/v1/load_lora_adapter', { lora_name: 'sql', lora_path: '/y', load_inplace: true })).status, 200)
  t.match(await postJson('/v1/unload_lora_adapter', {}), invalid(/needs to be provided/))
  t.match(await postJson('/v1/unload_lora_adapter', { lora_name: 'x' }), {
    status: 404,
    body: { error: { type: 'NotFoundError' } },
  })
})
