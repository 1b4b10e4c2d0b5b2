import { brief } from '../finding-text.ts'
import { defineRule } from '../rule.ts'

/**
 * Seconds that vLLM gives its own engines to load (0.32 envs.py VLLM_ENGINE_READY_TIMEOUT_S); KServe's charts wait as
 * long, and a first load from Hugging Face takes 10 to 20 minutes (stack guide of 2026-03).
 */
const loadSeconds = 600

export const startupBudget = defineRule({
  id: 'startup-budget',
  doc: 'The kubelet kills vLLM while it still loads: a liveness probe without a startup probe, or a startup probe of less than 600 s (initialDelaySeconds + failureThreshold x periodSeconds), which is how long vLLM itself waits.',
  severity: 'advice',
  check({ vllm: { container } }) {
    const { startupProbe, hasLivenessProbe } = container
    const name = brief(container.name, 24)
    if (startupProbe === undefined)
      return hasLivenessProbe
        ? [`container ${name} has a livenessProbe and no startupProbe for the time of loading`]
        : []
    const { initialDelaySeconds, failureThreshold, periodSeconds } = startupProbe
    const seconds = initialDelaySeconds + failureThreshold * periodSeconds
    return seconds < loadSeconds
      ? [`startupProbe of ${name} gives ${seconds} s; vLLM itself waits ${loadSeconds} s`]
      : []
  },
})
