import { KubernetesError } from './kubernetes-error.ts'

export interface LineOptions {
  /** Beginning of error messages: action and subject. */
  readonly what: string
  /** Of one line, without its end; a longer one is KUBERNETES_UNREADABLE. No more is kept in memory. */
  readonly maxBytes: number
}

const NEWLINE = 0x0a

/** Cuts bytes into lines. Bytes without a line end at the end are KUBERNETES_CONNECTION: the stream was cut. */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  { what, maxBytes }: LineOptions,
): AsyncGenerator<string, void> {
  let parts: Buffer[] = []
  let bytes = 0
  const keep = (part: Buffer) => {
    bytes += part.length
    if (bytes > maxBytes)
      throw new KubernetesError('KUBERNETES_UNREADABLE', `${what}: a longer line, expected at most ${maxBytes} bytes`)
    parts.push(part)
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      keep(chunk.subarray(start, end))
      // Decoded whole: a character may lie across two chunks.
      const line = Buffer.concat(parts, bytes).toString('utf8')
      parts = []
      bytes = 0
      start = end + 1
      yield line
    }
    if (start < chunk.length) keep(chunk.subarray(start))
  }
  if (bytes > 0) throw new KubernetesError('KUBERNETES_CONNECTION', `${what}: ended within a line, expected its end`)
}
