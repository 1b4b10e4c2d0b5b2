import { pythonBin } from '../parts/python-part.ts'
import { sglangRouter } from '../parts/sglang-router.ts'
import { allWorkersReady, gatewayArguments } from './gateway.ts'
import type { PeerKind } from './peer.ts'

export const sglangRouterPeer: PeerKind = {
  part: sglangRouter,
  ports: 2,
  prepare: ({ cache, ports, engines }) => ({
    program: pythonBin(cache, sglangRouter),
    args: ['-m', 'sglang_router.launch_router', ...gatewayArguments(ports, engines), '--log-level', 'warn'],
    // It looks for the model's tokenizer on the Hugging Face hub and has no option against that: the discard port refuses.
    env: { HF_ENDPOINT: 'http://127.0.0.1:9' },
  }),
  isReady: allWorkersReady,
}
