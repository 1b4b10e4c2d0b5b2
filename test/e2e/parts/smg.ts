import { pythonPart } from './python-part.ts'

export const smg = pythonPart({
  name: 'smg',
  version: '1.13.0',
  proves: 'lightseekorg/smg in front of the simulated fleet: models, chat, stream; cache_aware repeats its choice',
  check: 'import smg.cli',
})
