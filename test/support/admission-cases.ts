import type { Operation } from 'fast-json-patch'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { platformKinds } from '../../src/eks/platforms.ts'
import { at, isObject, type JsonObject, listAt, textAt } from '../../src/kubernetes/json.ts'
import { mutatePod } from '../../webhook/mutate.ts'
import type { WebhookSettings } from '../../webhook/settings.ts'
import { repositoryPath } from './repository.ts'
import { webhookSettings } from './webhook-settings.ts'

const folder = 'test/fixtures/admission'

export const caseNames = (): readonly string[] => readdirSync(repositoryPath(folder)).toSorted()

/** A file of a case; `undefined` where it has none. */
export function caseFile(name: string, file: string): string | undefined {
  const path = casePath(name, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

export const casePath = (name: string, file: string): string => repositoryPath(`${folder}/${name}/${file}`)

export interface Answer {
  readonly object: JsonObject
  readonly patch: readonly Operation[]
  readonly warnings: readonly string[]
}

/** What the webhook answers to the pod of a case. */
export function answerTo(pod: JsonObject, settings: WebhookSettings): Answer {
  const mutated = mutatePod(pod, settings)
  if (mutated.kind === 'untouched') return { object: pod, patch: [], warnings: [] }
  return {
    object: mutated.object,
    patch: mutated.patch,
    warnings: mutated.steps.flatMap((step) => step.warnings),
  }
}

/** A YAML file of a case that holds one object. */
export function caseObject(name: string, file: string): JsonObject {
  const value: unknown = parse(caseFile(name, file) ?? '')
  if (!isObject(value)) throw new Error(`Cannot read ${name}/${file}: expected a mapping`)
  return value
}

/** The settings of a case: those of `settings.yaml` over the defaults. */
export function caseSettings(name: string): WebhookSettings {
  const file = caseFile(name, 'settings.yaml')
  const value: unknown = file === undefined ? {} : parse(file)
  const platform = platformKinds.find((kind) => kind === textAt(value, 'platform'))
  const category = textAt(value, 'category')
  const defaults = at(value, 'defaults')
  return webhookSettings({
    ...(platform !== undefined && { platform }),
    ...(category !== undefined && { category }),
    families: listAt(value, 'families').map(String),
    extraTolerations: listAt(value, 'extraTolerations').map(String),
    defaults: isObject(defaults) ? Object.fromEntries(Object.entries(defaults).map(([k, v]) => [k, String(v)])) : {},
  })
}
