import { flagTableVersion } from '../../src/vllm/flag-table.ts'
import { brief } from '../finding-text.ts'
import { defineRule } from '../rule.ts'
import { serverLine } from '../server-line.ts'

export const commandLine = defineRule({
  id: 'command-line',
  doc: 'vLLM 0.32 ends over the words of the command line, or does not heed them. Other releases may take them.',
  severity: 'advice',
  check({ vllm }) {
    const problems = serverLine(vllm)?.problems ?? []
    return problems
      .slice(0, maxProblems)
      .map(
        ({ effect, problem }) =>
          `vLLM ${flagTableVersion} ${effect === 'refused' ? 'ends' : 'goes on'}: ${shown(problem)}`,
      )
  },
})

const maxProblems = 4

/** A stray word may be a token that lost its flag. */
const shown = (problem: string): string =>
  brief(
    problem.replaceAll(/[\w+/=.~-]{20,}/g, (word) => (/^--[\w-]+$/.test(word) ? word : '(long word)')),
    80,
  )
