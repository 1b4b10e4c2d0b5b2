/** Bounds the values of a metric's label: names seen first are themselves, later ones are `other`. */
export class LabelCap {
  readonly #most: number
  readonly #known = new Set<string>()

  constructor(most: number) {
    this.#most = most
  }

  of(name: string): string {
    if (this.#known.has(name)) return name
    if (this.#known.size >= this.#most) return 'other'
    this.#known.add(name)
    return name
  }
}
