import { stringify } from 'yaml'
import type { Operation } from 'fast-json-patch'
import { wrap } from '../src/config/help.ts'
import type { Explanation } from './explain.ts'

/** For people, at most `width` columns unless a single word or value is longer. */
export function explanationText(explanations: readonly Explanation[], width: number): string {
  if (explanations.length === 0) return 'No pod, pod template or NodePool in it.\n'
  return explanations.map((one) => `${sectionOf(one, width).join('\n')}\n`).join('\n')
}

function sectionOf(explanation: Explanation, width: number): readonly string[] {
  const { evidence, verdict, patch, mutations, warnings, findings } = explanation
  const reason = verdict === 'unchanged' && patch.length === 0 && findings.length === 0
  return [
    titleOf(explanation),
    ...labelled(reason ? 'because' : 'known by', evidence, width),
    ...labelled('verdict', verdicts[verdict], width),
    ...(mutations.length > 0 ? labelled('mutations', mutations.join(', '), width) : []),
    ...patch.flatMap((operation) => operationLines(operation, width)),
    ...warnings.flatMap((warning) => labelled('warning', warning, width)),
    ...(findings.length > 0
      ? labelled('rules', findings.map(({ rule, severity }) => `${rule} (${severity})`).join(', '), width)
      : []),
  ]
}

const verdicts = {
  changed: 'allowed, changed',
  unchanged: 'allowed, unchanged',
  refused: 'refused where warmpath.dev/enforce is "true", elsewhere allowed with warnings',
} as const

function titleOf({ document, kind, name, path }: Explanation): string {
  const subject = name === undefined ? kind : `${kind} ${name}`
  return `${subject}${path === '' ? '' : ` ${path}`} (document ${document})`
}

const labelWidth = 13

function labelled(label: string, text: string, width: number): readonly string[] {
  const lines = wrap(text, width - labelWidth)
  return lines.map((line, index) => `${(index === 0 ? `  ${label}` : '').padEnd(labelWidth)}${line}`)
}

/** `+ spec.tolerations[]` with the value below it, as YAML. */
function operationLines(operation: Operation, width: number): readonly string[] {
  const sign = operation.op === 'replace' ? '~' : '+'
  const value: unknown = 'value' in operation ? operation.value : operation.op
  const steps = readable(operation.path)
  if (typeof value !== 'object' || value === null) {
    const lines = pathLines(sign, steps, `: ${JSON.stringify(value)}`, width)
    return lines.length === 1 ? lines : [...pathLines(sign, steps, ':', width), `        ${JSON.stringify(value)}`]
  }
  const yaml = stringify(value, { lineWidth: 0 }).trimEnd().split('\n')
  // An empty parent is made only so that something can stand in it.
  if (yaml.join('') === '{}') return []
  return [...pathLines(sign, steps, ':', width), ...yaml.map((line) => `        ${line}`)]
}

/** Broken before a step where it is too long. */
function pathLines(sign: string, steps: readonly string[], end: string, width: number): readonly string[] {
  const lines = [`    ${sign} `]
  for (const [index, step] of steps.entries()) {
    const next = index === steps.length - 1 ? `${step}${end}` : step
    const line = `${lines.at(-1) ?? ''}${next}`
    if (line.length <= width || index === 0) lines[lines.length - 1] = line
    else lines.push(`      ${next}`)
  }
  return lines
}

/** `/spec/containers/0/env/-` -> `spec.containers[0].env[]` (RFC 6901), in its steps. */
function readable(path: string): readonly string[] {
  const steps = path.split('/').slice(1)
  return steps.map((escaped, index) => {
    const step = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
    if (step === '-') return '[]'
    if (/^\d+$/.test(step)) return `[${step}]`
    if (!/^[\w-]+$/.test(step)) return `["${step}"]`
    return index === 0 ? step : `.${step}`
  })
}
