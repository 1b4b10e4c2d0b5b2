/** Where a fact stands and when it was read there, so that a reader can check it and a doctor can call it old. */
export interface Sourced {
  /** Repository, file and revision, or address. */
  readonly source: string
  /** The day the source is of, as `2026-08-21`. */
  readonly date: string
}
