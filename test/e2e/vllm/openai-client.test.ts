import t from 'tap'
import { testOpenaiClient } from '../../support/openai/client-suite.ts'
import { requirePart } from '../parts/require-part.ts'
import { vllm } from '../parts/vllm.ts'
import { startRouter } from '../start-router.ts'
import { startReal } from './servers.ts'
import { servedModel, toolFlags } from './start.ts'

// The official client straight at a real vLLM, and through `warmpath router` in front of two.

const engines = await startReal(t, 2, { cache: await requirePart(vllm), more: toolFlags })
const urls = engines.map(({ url }) => url)
const { proxyUrl } = await startRouter(t, urls, servedModel)

testOpenaiClient(t, { model: servedModel, engines: urls, router: proxyUrl })
