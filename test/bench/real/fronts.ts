import { startPeer } from '../../e2e/peers/peer.ts'
import { vllmRouterPeer } from '../../e2e/peers/vllm-router.ts'
import { startRouter } from '../../e2e/start-router.ts'

/** What stands between the load and the engines, as a process of its own with an empty memory. */
export interface Front {
  readonly name: string
  /** Its policy in `replay`; undefined for what we did not write. */
  readonly policy: string | undefined
  start(engines: readonly string[], model: string): Promise<RunningFront>
}

export interface RunningFront {
  readonly url: string
  stop(): Promise<void>
}

export const OURS = 'warmpath'

export const fronts: readonly Front[] = [
  ourRouter(OURS),
  ourRouter('round-robin'),
  ourRouter('least-request'),
  { name: 'vllm-router', policy: undefined, start: (engines) => startPeer(vllmRouterPeer, engines) },
]

function ourRouter(policy: string): Front {
  return {
    name: policy,
    policy,
    async start(engines, model) {
      const stops: (() => Promise<void>)[] = []
      const stop = async (): Promise<void> => {
        for (const one of stops) await one()
      }
      try {
        const owner = { teardown: (run: () => Promise<void>) => stops.push(run) }
        const { proxyUrl } = await startRouter(owner, engines, model, ['--policy', policy])
        return { url: proxyUrl, stop }
      } catch (error) {
        await stop()
        throw error
      }
    },
  }
}
