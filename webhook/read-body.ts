import type { IncomingMessage } from 'node:http'

/** Bytes of bodies that are being read, over all requests. */
export interface BodyBudget {
  readonly maxBytes: number
  usedBytes: number
}

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  /** Other bodies take up the budget. */
  | { readonly kind: 'crowded' }
  /** The client left. */
  | { readonly kind: 'cut' }

/** Reads a body of at most `maxBytes`; what is left of a larger one is passed over by Node when it has been answered. */
export function readBody(request: IncomingMessage, maxBytes: number, budget: BodyBudget): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const end = (body: Body) => {
      budget.usedBytes -= size
      size = 0
      request.off('data', take)
      resolve(body)
    }
    const take = (chunk: Buffer) => {
      size += chunk.length
      budget.usedBytes += chunk.length
      if (size > maxBytes) return end({ kind: 'too-large' })
      if (budget.usedBytes > budget.maxBytes) return end({ kind: 'crowded' })
      chunks.push(chunk)
    }
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return resolve({ kind: 'too-large' })
    request.on('data', take)
    request.once('end', () => end({ kind: 'whole', bytes: whole(chunks, size) }))
    request.once('close', () => end({ kind: 'cut' }))
  })
}

function whole(chunks: readonly Buffer[], size: number): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size)
}
