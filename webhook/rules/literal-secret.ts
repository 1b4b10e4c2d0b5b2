import { findCommand } from '../../src/vllm/find-command.ts'
import { isUnresolved } from '../../src/vllm/unresolved.ts'
import { brief } from '../finding-text.ts'
import type { ContainerView, EnvView } from '../pod-view.ts'
import { defineRule } from '../rule.ts'

export const literalSecret = defineRule({
  id: 'literal-secret',
  doc: 'A Hugging Face token, an API key or a secret of AWS stands in clear text in the pod, where whoever may read pods reads it. Take it from a Secret with `secretKeyRef`. The value is never repeated.',
  severity: 'advice',
  check: ({ pod }) =>
    [...pod.containers, ...pod.initContainers].flatMap((container) => {
      const places = [...container.env.filter(isSecret).map(({ name }) => name), ...flagsOf(container)]
      const name = brief(container.name, 24)
      return [...new Set(places)].map(
        (place) => `${brief(place, 36)} of container ${name} is in clear text; use a Secret`,
      )
    }),
})

/** Variables of huggingface_hub 1.x, vLLM 0.32 envs.py, the AWS SDKs and OpenAI's clients. */
const secretNames: ReadonlySet<string> = new Set([
  ...['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HUGGINGFACE_TOKEN', 'HUGGINGFACEHUB_API_TOKEN', 'VLLM_API_KEY'],
  ...[
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'S3_SECRET_ACCESS_KEY',
    'OPENAI_API_KEY',
    'WANDB_API_KEY',
    'NGC_API_KEY',
  ],
])

const isSecret = ({ name, value }: EnvView): boolean =>
  value !== undefined && (isToken(value) || (secretNames.has(name) && looksSecret(value)))

/** User access tokens of Hugging Face are `hf_` and 34 letters; shorter ones are made up for examples. */
const isToken = (text: string): boolean => /\bhf_[A-Za-z0-9]{20,}\b/.test(text)

/** What is not a reference to another variable and not a word such as `EMPTY` or `<your-token>`. */
const looksSecret = (value: string): boolean => /^[\w+/=.~-]{16,}$/.test(value.trim())

function flagsOf(container: ContainerView): readonly string[] {
  const found = findCommand(container)
  const ofFlags =
    found.kind === 'server'
      ? found.line.uses.filter(({ flag, values }) => secretFlags.has(flag.name) && values.some(isLiteral))
      : []
  const names = ofFlags.map(({ flag }) => flag.name)
  const isInWords = [...container.command, ...container.args].some(isToken)
  return isInWords && !names.includes('--hf-token') ? [...names, 'a token in command or args'] : names
}

const secretFlags: ReadonlySet<string> = new Set(['--hf-token', '--api-key'])

const isLiteral = (value: string): boolean => !isUnresolved(value) && looksSecret(value)
