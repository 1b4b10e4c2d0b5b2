/** Strict, so that vLLM holds the arguments to the schema, whose few values even a model of noise ends. */
export const lightTool = {
  type: 'function',
  function: {
    name: 'set_light',
    strict: true,
    parameters: {
      type: 'object',
      properties: { on: { type: 'boolean' }, colour: { enum: ['red', 'blue'] } },
      required: ['on', 'colour'],
      additionalProperties: false,
    },
  },
} as const

/** As `tool_choice`. */
export const lightChoice = { type: 'function', function: { name: 'set_light' } } as const
