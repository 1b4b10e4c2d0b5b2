import fc from 'fast-check'
import t from 'tap'
import { renderChat } from '../../../../src/simulation/fleet/chat-template.ts'
import { planOutput } from '../../../../src/simulation/fleet/generate.ts'
import { decodeTokens } from '../../../../src/simulation/fleet/tokenizer.ts'

t.test('a chat is rendered message by message, tools first, the answer opened', async (t) => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'hello' },
  ]
  const tokens = renderChat(messages, { tools: '[1]' })
  t.equal(decodeTokens(tokens), '<|tools|>\n[1]\n<|system|>\nBe brief.\n<|user|>\nhello\n<|assistant|>\n')
  t.equal(decodeTokens(renderChat(messages, { generationPrompt: false })), '<|system|>\nBe brief.\n<|user|>\nhello\n')
})

const anyMessage = fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content: fc.string() })

t.test('a longer history starts with the tokens of the shorter one', async () => {
  fc.assert(
    fc.property(fc.array(anyMessage), fc.array(anyMessage), (before, after) => {
      const short = renderChat(before, { generationPrompt: false })
      return (
        renderChat([...before, ...after])
          .slice(0, short.length)
          .join() === short.join()
      )
    }),
  )
})

t.test('the next turn starts with the prompt of this one and the tokens of its answer', async () => {
  fc.assert(
    fc.property(
      fc.array(anyMessage, { minLength: 1 }),
      fc.integer({ min: 1, max: 50 }),
      fc.nat(),
      (messages, count, seed) => {
        const prompt = renderChat(messages)
        const { tokens } = planOutput({
          prompt,
          choice: 0,
          seed,
          meanTokens: 9,
          maxTokens: count,
          minTokens: 0,
          ignoreEos: true,
        })
        const next = renderChat([
          ...messages,
          { role: 'assistant', content: decodeTokens(tokens) },
          { role: 'user', content: 'x' },
        ])
        return next.slice(0, prompt.length + tokens.length).join() === [...prompt, ...tokens].join()
      },
    ),
  )
})
