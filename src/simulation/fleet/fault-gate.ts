import type { Clock } from '../../clock.ts'
import { ApiError, errorBody } from './api-error.ts'
import type { Exchange } from './exchange.ts'
import { send, sendJson } from './http.ts'
import { inferencePaths } from './routes.ts'

export interface FaultGate {
  /** Does what the request's fault does before routing. False = nothing is left to do for it. */
  pass(exchange: Exchange): Promise<boolean>
  /** Ends early at `release`. */
  pause(ms: number): Promise<void>
  /** Lets go of what faults hold back: the replica goes down or stops. */
  release(): void
}

export function createFaultGate(options: {
  readonly clock: Clock
  readonly restart: (downMs: number) => Promise<void>
}): FaultGate {
  const held = new Set<() => void>()

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel()
        held.delete(end)
        resolve()
      }
      const cancel = options.clock.setTimer(ms, end)
      held.add(end)
    })
  }

  async function pass({ fault, request, response, path }: Exchange): Promise<boolean> {
    switch (fault?.kind) {
      case 'status':
        sendJson(response, fault.status, errorBody(scripted(fault.status)))
        return false
      case 'hang': {
        const end = (): void => void response.destroy()
        held.add(end)
        response.once('close', () => held.delete(end))
        return false
      }
      case 'restart':
        await options.restart(fault.downMs)
        return false
      case 'delay':
        await pause(fault.delayMs)
        return true
      case 'drop':
        if (fault.chunks === 0) request.socket.destroy()
        return fault.chunks > 0
      case 'garbage':
        if (inferencePaths.has(path)) return true
        send(response, 200, 'application/json', '{"garb')
        return false
      case 'abort':
      case undefined:
        return true
    }
  }

  return {
    pass,
    pause,
    release() {
      for (const end of [...held]) end()
      held.clear()
    },
  }
}

function scripted(status: number): ApiError {
  return new ApiError(status, 'InternalServerError', 'scripted fault')
}
