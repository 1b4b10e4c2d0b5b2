import { pythonBin } from '../parts/python-part.ts'
import { vllmRouter } from '../parts/vllm-router.ts'
import { allWorkersReady, gatewayArguments } from './gateway.ts'
import type { PeerKind } from './peer.ts'

export const vllmRouterPeer: PeerKind = {
  part: vllmRouter,
  ports: 2,
  prepare: ({ cache, ports, engines }) => ({
    program: pythonBin(cache, vllmRouter, 'vllm-router'),
    args: [...gatewayArguments(ports, engines), '--log-level', 'warning'],
  }),
  isReady: allWorkersReady,
}
