import { pythonPart } from './python-part.ts'

export const sglangRouter = pythonPart({
  name: 'sglang-router',
  version: '0.3.2',
  proves:
    'the root of that family in front of the simulated fleet: models, chat, stream; cache_aware repeats its choice',
  check: 'import sglang_router.launch_router',
})
