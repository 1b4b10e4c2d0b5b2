import type { Test } from 'tap'
import { type ClientCase, type Place, placeAt, withoutChance } from './client-case.ts'
import { chatCases } from './chat-cases.ts'
import { errorCases } from './error-cases.ts'
import { toolCases } from './tool-cases.ts'

export interface ClientTargets {
  readonly model: string
  readonly engines: readonly string[]
  /** A router in front of `engines`. */
  readonly router: string
}

/** The official client straight at an engine and through the router: both are as expected, and alike. */
export function testOpenaiClient(t: Test, { model, engines, router }: ClientTargets): void {
  const straight = placeAt(engines[0] ?? '', model, engines)
  const routed = placeAt(router, model, engines)
  for (const one of [...chatCases, ...toolCases, ...errorCases]) {
    t.test(`the openai client: ${one.name}`, (t) => compare(t, one, { straight, routed }))
  }
}

async function compare(
  t: Test,
  { observe, expected, routed: own }: ClientCase,
  { straight, routed }: { readonly straight: Place; readonly routed: Place },
): Promise<void> {
  const direct = withoutChance(await observe(straight))
  const passed = withoutChance(await observe(routed))
  t.match(direct, expected, 'straight')
  t.match(passed, own ?? expected, 'through the router')
  if (own === undefined) t.strictSame(passed, direct, 'the router changes nothing')
}
