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

export async function answerShape(response: Response, literal: ReadonlySet<string>): Promise<AnswerShape> {
  const { status, headers } = response
  const contentType = headers.get('content-type')
  const text = await response.text()
  return { status, headers: [...headers.keys()].toSorted(), contentType, body: bodyShape(text, contentType, literal) }
}

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
