import { pythonPart } from './python-part.ts'

/** Only its prefix index is used: `RadixTree` of dynamo's own Rust code. */
export const dynamoRuntime = pythonPart({
  name: 'ai-dynamo-runtime',
  version: '1.6.1',
  proves: "dynamo's RadixTree finds the prefix of our KV events, for the index benchmark",
  check: 'from dynamo.llm import RadixTree; RadixTree()',
})
