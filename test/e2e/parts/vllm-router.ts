import { pythonPart } from './python-part.ts'

/** production-stack's router claims the same name; only the Rust one has `launch_router`. */
export const vllmRouter = pythonPart({
  name: 'vllm-router',
  version: '0.1.17',
  proves: 'vllm-project/router in front of the simulated fleet: models, chat, stream; cache_aware repeats its choice',
  check: 'import vllm_router.launch_router, vllm_router_rs',
})
