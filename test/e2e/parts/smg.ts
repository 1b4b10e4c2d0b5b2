import { pythonPart } from './python-part.ts'

export const smg = pythonPart({
  name: 'smg',
  version: '1.13.0',
  proves: 'Shepherd Model Gateway in front of the simulated fleet: models, chat, stream; cache_aware repeats its choice',
  check: 'import smg.cli',
})
