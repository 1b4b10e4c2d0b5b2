import t from 'tap'
import { testOpenaiClient } from '../support/openai/client-suite.ts'
import { startProxy } from '../support/proxy-harness.ts'
import { startFleet, tinyEngine } from '../support/simulated-fleet.ts'

// test/e2e/vllm/openai-client.test.ts runs the same against real vLLM.

const { fleet } = await startFleet(t, { replicas: 2, model: 'm', engine: { ...tinyEngine, model: 'm' } })
const proxy = await startProxy({ replicas: fleet.replicas })
t.teardown(() => proxy.close())

testOpenaiClient(t, { model: 'm', engines: fleet.replicas.map(({ url }) => url), router: proxy.url })
