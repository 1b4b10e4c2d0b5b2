/** What of the proxy users may set; config.ts has the defaults. Times in ms. */
export interface ProxySettings {
  /** Other endpoints to try when one fails before its first byte. */
  readonly retries: number
  readonly maxBodyBytes: number
  /** Longest wait for the whole body of a request. */
  readonly requestTimeout: number
  readonly connectTimeout: number
  /** Longest wait for the first byte of an answer's body; an answer that is no stream comes at its end. */
  readonly firstByteTimeout: number
  /** Longest silence within an answer, and longest wait for a client that does not read. */
  readonly idleTimeout: number
  readonly decisionHeaders: boolean
  readonly blockTokens: number
  readonly decisionLogSize: number
}
