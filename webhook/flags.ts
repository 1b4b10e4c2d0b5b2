import { type JsonObject, listAt } from '../src/kubernetes/json.ts'
import { appendFlag, type FlagToAppend } from '../src/vllm/append-flag.ts'
import { findCommand } from '../src/vllm/find-command.ts'
import { containerPath, rawContainer } from './container-edits.ts'
import type { Edit } from './edit.ts'
import type { ContainerView } from './pod-view.ts'
import type { VllmPod } from './recognize.ts'

export type FlagEdits =
  | { readonly kind: 'edited'; readonly edits: readonly Edit[] }
  /** The command line says something on all of them already. */
  | { readonly kind: 'present' }
  | { readonly kind: 'left'; readonly why: string }

/** Text in a flag's value that becomes the pod's address: `appendFlag` would escape a `$(POD_IP)`. */
export const podIpMark = 'warmpath:pod-ip'

/** Adds flags to the vLLM command line of the pod, all of them or none. */
export function addFlags(object: JsonObject, vllm: VllmPod, additions: readonly FlagToAppend[]): FlagEdits {
  let { container, server } = vllm
  for (const addition of additions) {
    if (server === undefined) return { kind: 'left', why: `${addition.flag}: no vLLM command line in the pod` }
    const edit = appendFlag(container, server, addition)
    if (edit.kind === 'left') return { kind: 'left', why: edit.why }
    if (edit.kind === 'present') continue
    container = { ...container, command: edit.command, args: edit.args }
    const found = findCommand(container)
    server = found.kind === 'server' ? found : undefined
  }
  const raw = rawContainer(object, vllm.container)
  const edits = wordLists.flatMap((list) => listEdits(vllm.container, list, container[list]))
  if (edits.length === 0) return { kind: 'present' }
  // The view drops what is no text, and places would shift.
  if (wordLists.some((list) => listAt(raw, list).length !== vllm.container[list].length))
    return { kind: 'left', why: 'its command line has words that are no texts' }
  return { kind: 'edited', edits }
}

const wordLists = ['command', 'args'] as const

function listEdits(before: ContainerView, list: (typeof wordLists)[number], after: readonly string[]): readonly Edit[] {
  const words = before[list]
  return after.flatMap((word, place): readonly Edit[] => {
    if (word === words[place]) return []
    const value = word.replaceAll(podIpMark, '$(POD_IP)')
    return place < words.length
      ? [{ kind: 'replace', path: containerPath(before, list, place), value }]
      : [{ kind: 'append', path: containerPath(before, list), value }]
  })
}
