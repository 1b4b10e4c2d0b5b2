import type { KnownValues } from './unresolved.ts'

export interface EnvEntry {
  readonly name: string
  /** `undefined` where it comes from elsewhere (`valueFrom`), so that the pod does not tell it. */
  readonly value?: string | undefined
}

/**
 * The kubelet's replacement of `$(NAME)` in command, args and env values; `$$` stands for `$`
 * (kubernetes v1.34 third_party/forked/golang/expansion/expand.go). What a name that is not in `known` becomes is up
 * to `unresolved`: the kubelet leaves `$(NAME)` there, but the pod that a webhook sees does not show all variables.
 */
export function expandReferences(text: string, known: KnownValues, unresolved: (name: string) => string): string {
  return text.replaceAll(/\$(?:(\$)|\(([^)]*)\))/g, (_, escaped: string | undefined, name: string | undefined) => {
    if (escaped !== undefined) return '$'
    const value = known.get(name ?? '')
    return value ?? unresolved(name ?? '')
  })
}

/** The variables whose values a pod tells, each expanded by those before it as the kubelet does. */
export function literalValues(env: readonly EnvEntry[], unresolved: (name: string) => string): KnownValues {
  const known = new Map<string, string>()
  for (const { name, value } of env) {
    if (value === undefined) known.delete(name)
    else known.set(name, expandReferences(value, known, unresolved))
  }
  return known
}

/** Text that the kubelet's replacement turns into `text`. */
export const escapeReferences = (text: string): string => text.replaceAll('$', '$$$$')
