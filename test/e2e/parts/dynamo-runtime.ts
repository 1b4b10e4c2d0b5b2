import { pythonPart } from './python-part.ts'

/** Only its prefix index is used: `RadixTree` of dynamo's own Rust code. */
export const dynamoRuntime = pythonPart({
  name: 'ai-dynamo-runtime',
  version: '1.6.1',
  proves: 'the RadixTree of dynamo loads and finds stored blocks: a peer of the prefix index',
  check: 'from dynamo.llm import RadixTree; RadixTree()',
})
