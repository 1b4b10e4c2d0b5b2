/**
 * Random numbers of which a decision that is only explained leaves no trace: what was put back is drawn again, so that
 * the decision taken next falls as it was explained. Holds as many as one decision draws.
 */
export class Draws {
  readonly #random: () => number
  readonly #drawn: number[] = []
  #next = 0

  constructor(random: () => number) {
    this.#random = random
  }

  next(): number {
    const value = this.#drawn[this.#next] ?? this.#random()
    this.#drawn[this.#next++] = value
    return value
  }

  putBack(): void {
    this.#next = 0
  }

  /** Those drawn since are used up. */
  use(): void {
    this.#drawn.splice(0, this.#next)
    this.#next = 0
  }
}
