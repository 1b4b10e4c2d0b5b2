import { setTimeout as sleep } from 'node:timers/promises'
import type { RequestOutcome } from '../../../src/cli/replay/result.ts'
import type { Trace, TraceRequest } from '../../../src/cli/replay/trace.ts'
import { type Client, completionBody } from './client.ts'
import { promptIds } from './workload.ts'

export interface Played {
  readonly requests: readonly RequestOutcome[]
  /** How far behind its time the latest request was sent: what the load generator itself spoils. */
  readonly latestSendMs: number
  /** Why requests failed. */
  readonly faults: readonly string[]
}

export interface PlayOptions {
  readonly client: Client
  readonly url: string
  readonly model: string
  readonly seed: number
  readonly onSent: (sent: number, inFlight: number) => void
}

/** Sends each request of the trace at its time, whatever has become of the others; times count from its arrival. */
export async function play(trace: Trace, { client, url, model, seed, onSent }: PlayOptions): Promise<Played> {
  const bodies = trace.requests.map((one) => completionBody(model, promptIds(one, seed), one.outputTokens))
  const faults: string[] = []
  const answers: Promise<RequestOutcome>[] = []
  let latestSendMs = 0
  let inFlight = 0
  const startMs = performance.now() + 100
  for (const [index, request] of trace.requests.entries()) {
    const dueMs = startMs + request.atMs
    await sleep(Math.max(0, dueMs - performance.now()))
    latestSendMs = Math.max(latestSendMs, performance.now() - dueMs)
    onSent(index + 1, ++inFlight)
    const outcome = client
      .complete(url, bodies[index] ?? Buffer.alloc(0))
      .then((answer) => completed(request, dueMs, answer))
      .catch((error: unknown) => {
        faults.push(String(error))
        return failed(request)
      })
      .finally(() => inFlight--)
    answers.push(outcome)
  }
  return { requests: await Promise.all(answers), latestSendMs, faults }
}

function completed(
  { atMs, promptTokens, outputTokens }: TraceRequest,
  dueMs: number,
  { firstMs, endMs, cachedTokens }: { readonly firstMs: number; readonly endMs: number; readonly cachedTokens: number },
): RequestOutcome {
  const [ttftMs, e2eMs] = [firstMs - dueMs, endMs - dueMs]
  return { atMs, promptTokens, outputTokens, cachedTokens, ttftMs, e2eMs, replica: undefined }
}

function failed({ atMs, promptTokens, outputTokens }: TraceRequest): RequestOutcome {
  return { atMs, promptTokens, outputTokens, cachedTokens: 0, ttftMs: undefined, e2eMs: undefined, replica: undefined }
}
