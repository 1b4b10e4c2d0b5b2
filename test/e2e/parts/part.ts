/** A real component that the end-to-end tests need, installed into a cache outside the checkout. */
export interface Part {
  readonly name: string
  readonly version: string
  /** Registry it comes from: PyPI, Debian, Go modules. */
  readonly source: string
  /** What its test shows. */
  readonly proves: string
  /** Whether this version is in the cache, ready to run. Quick: looks, starts nothing. */
  installed(cache: string): Promise<boolean>
  /** Idempotent; a run that died half way is repaired by the next. */
  install(cache: string, say: (line: string) => void): Promise<void>
}
