import type { Catalogue } from '../src/eks/catalogue.ts'
import type { PlatformKind } from '../src/eks/platforms.ts'

/** What an operator decides for the cluster; mutations and rules read it and nothing else of the world. */
export interface WebhookSettings {
  readonly platform: PlatformKind
  /** Instance category that vLLM pods are sent to; `p` unless told. */
  readonly category: string
  /** Families in the order they are tried, e.g. p5en, p5, p4d; empty = any of the category. */
  readonly families: readonly string[]
  /** Taint keys tolerated besides `nvidia.com/gpu`, e.g. of a capacity block. */
  readonly extraTolerations: readonly string[]
  /** Values of the opt-in annotations for pods that do not carry them, by annotation. */
  readonly defaults: Readonly<Record<string, string>>
  readonly catalogue: Catalogue
}
