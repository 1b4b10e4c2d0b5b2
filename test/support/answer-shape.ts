/**
 * What a JSON value looks like: objects by key, a list by the different shapes of its elements, others by their type;
 * the values of `literal` keys count as they are.
 */
export function shapeOf(value: unknown, literal: ReadonlySet<string> = new Set()): unknown {
  if (Array.isArray(value)) return distinct(value.map((one) => shapeOf(one, literal)))
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, one]) => [key, literal.has(key) ? one : shapeOf(one, literal)]))
}

/** Neighbours of the same shape count once: how many tokens share a chunk is a matter of timing. */
function distinct(shapes: readonly unknown[]): readonly unknown[] {
  const texts = shapes.map((shape) => JSON.stringify(shape))
  return shapes.filter((_, i) => texts[i] !== texts[i - 1])
}

/** An answer with what timing and machine decide taken out. */
export interface AnswerShape {
  readonly status: number
  readonly headers: readonly string[]
  readonly contentType: string | null
  readonly body: unknown
}

/** An answer as it came, in a form that a fixture can hold. */
export interface RecordedAnswer {
  readonly status: number
  readonly headers: readonly string[]
  readonly contentType: string | null
  readonly text: string
}

export async function recordAnswer(response: Response): Promise<RecordedAnswer> {
  const { status, headers } = response
  const contentType = headers.get('content-type')
  return { status, headers: [...headers.keys()].toSorted(), contentType, text: await response.text() }
}

export function answerShape({ text, ...rest }: RecordedAnswer, literal: readonly string[]): AnswerShape {
  return { ...rest, body: bodyShape(text, rest.contentType, new Set(literal)) }
}

/** Keys whose values are compared: those that say what an answer is. */
export const literalWords = ['object', 'role', 'finish_reason', 'stop_reason', 'index', 'owned_by', 'parent', 'detail']
export const refusalWords = [...literalWords, 'type', 'param', 'code']
export const tokenCounts = [
  'prompt_tokens',
  'total_tokens',
  'completion_tokens',
  'cached_tokens',
  'created_cache_tokens',
]

function bodyShape(text: string, contentType: string | null, literal: ReadonlySet<string>): unknown {
  if (text !== '' && contentType?.startsWith('application/json')) return shapeOf(JSON.parse(text), literal)
  if (contentType?.startsWith('text/event-stream')) return shapeOf(byChoice(streamEvents(text)), literal)
  return text
}

/** Every event of a stream in vLLM's framing: `data: <JSON>`, an empty line, and `data: [DONE]` at the end. */
export function streamEvents(text: string): readonly unknown[] {
  if (!text.endsWith('data: [DONE]\n\n')) throw new Error(`stream has another end: ${text.slice(-200)}`)
  return text
    .slice(0, -'data: [DONE]\n\n'.length)
    .split('\n\n')
    .slice(0, -1)
    .map((event): unknown => {
      if (!event.startsWith('data: ')) throw new Error(`not an event: ${event}`)
      return JSON.parse(event.slice('data: '.length))
    })
}

/** The choices of one answer come in any order between each other. */
function byChoice(events: readonly unknown[]): readonly unknown[] {
  return events.toSorted((a, b) => choiceOf(a) - choiceOf(b))
}

function choiceOf(event: unknown): number {
  const found = /"choices":\[\{"index":(\d+)/.exec(JSON.stringify(event))
  return found === null ? Infinity : Number(found[1])
}
