import { pythonBin } from '../parts/python-part.ts'
import { smg } from '../parts/smg.ts'
import { allWorkersReady, gatewayArguments } from './gateway.ts'
import type { PeerKind } from './peer.ts'

export const smgPeer: PeerKind = {
  part: smg,
  ports: 2,
  prepare: ({ cache, ports, engines }) => ({
    program: pythonBin(cache, smg, 'smg'),
    args: [
      'launch',
      ...gatewayArguments(ports, engines),
      // It would look for the model's tokenizer on the Hugging Face hub; over HTTP no policy needs it.
      '--disable-tokenizer-autoload',
      ...['--history-backend', 'none', '--log-level', 'warn'],
      // It would wait 180 s for idle connections of clients.
      ...['--shutdown-grace-period-secs', '1'],
    ],
  }),
  isReady: allWorkersReady,
}
