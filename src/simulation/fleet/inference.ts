import { randomBytes } from 'node:crypto'
import type { Answer } from './answer.ts'
import { type AnswerFacts, type AnswerFormat, chatFormat, completionFormat } from './answer-format.ts'
import { ApiError, badRequest } from './api-error.ts'
import type { Exchange, Handler, ServingReplica } from './exchange.ts'
import { planOutput } from './generate.ts'
import { readJson } from './http.ts'
import { type InferenceRequest, parseChatRequest, parseCompletionRequest } from './inference-request.ts'
import type { ServedModel } from './served-models.ts'
import { createStreamedAnswer } from './streamed-answer.ts'
import { planCall } from './tool-call.ts'
import { createWholeAnswer } from './whole-answer.ts'

export const serveChat: Handler = (exchange, replica) => serve(exchange, replica, chatFormat, parseChatRequest)
export const serveCompletions: Handler = (exchange, replica) =>
  serve(exchange, replica, completionFormat, parseCompletionRequest)

async function serve(
  exchange: Exchange,
  replica: ServingReplica,
  format: AnswerFormat,
  parse: (body: unknown) => InferenceRequest,
): Promise<void> {
  const request = parse(await readJson(exchange.request, replica.settings.maxBodyBytes))
  const model = replica.models.find(request.model)
  if (replica.draining && !request.tokenized) throw tokenizerGone()
  const limits = request.prompts.map((prompt) => outputLimit(prompt.length, request.maxTokens, replica.maxModelLen))
  const { response, fault } = exchange
  if (response.destroyed) return
  const facts = {
    id: `${format.idPrefix}-${requestId(exchange, request)}`,
    created: Math.floor(replica.nowSeconds()),
    model: model.name,
    prompts: request.prompts,
    n: request.n,
    returnTokenIds: request.returnTokenIds,
    toolCall: request.toolCall,
  }
  if (fault?.kind === 'garbage') return sendGarbage(exchange, request.stream, facts.id)
  const answer = (request.stream ? createStreamedAnswer : createWholeAnswer)({
    response,
    format,
    facts,
    includeUsage: request.includeUsage,
    continuousUsage: request.continuousUsage,
    tokenDetails: replica.settings.tokenDetails,
    blockTokens: replica.profile.blockTokens,
    dropAfterChunks: fault?.kind === 'drop' ? fault.chunks : undefined,
  })
  const scripted = fault?.kind === 'abort' ? fault.chunks : Infinity
  const abortAfter = replica.draining ? 0 : scripted
  generate({ exchange, replica, request, model, facts, limits, answer, abortAfter })
}

interface Job {
  readonly exchange: Exchange
  readonly replica: ServingReplica
  readonly request: InferenceRequest
  readonly model: ServedModel
  readonly facts: AnswerFacts
  /** Most output tokens, per prompt. */
  readonly limits: readonly number[]
  readonly answer: Answer
  /** Each choice is aborted after so many tokens. */
  readonly abortAfter: number
}

function generate(job: Job): void {
  const { exchange, request, facts, answer, abortAfter } = job
  const cancels: (() => void)[] = []
  exchange.response.once('close', () => cancels.forEach((cancel) => cancel()))
  for (let choice = 0; choice < facts.prompts.length * request.n; choice++) {
    if (abortAfter === 0) answer.aborted(choice)
    else cancels.push(startChoice(job, choice))
  }
}

/** Returns how to cancel it. */
function startChoice({ replica, request, model, limits, answer, abortAfter }: Job, choice: number): () => void {
  const promptIndex = Math.floor(choice / request.n)
  const prompt = request.prompts[promptIndex] ?? []
  const { meanOutputTokens, seed } = replica.settings
  const { minTokens, ignoreEos, toolCall } = request
  const maxTokens = limits[promptIndex] ?? 1
  const wish = {
    prompt,
    choice: choice % request.n,
    seed,
    meanTokens: meanOutputTokens,
    maxTokens,
    minTokens,
    ignoreEos,
  }
  const output = toolCall === undefined ? planOutput(wish) : planCall(toolCall, maxTokens)
  const cancel = replica.engine.start({
    prompt,
    output,
    lora: model.kind === 'lora' ? model.adapter : undefined,
    cacheSalt: request.cacheSalt,
    maxTokens,
    n: request.n,
    listener: {
      onScheduled: (cachedTokens) => answer.scheduled(choice, cachedTokens),
      onToken(index, finished) {
        const aborts = index + 1 >= abortAfter
        answer.token(choice, output.tokens[index] ?? 0, aborts ? undefined : finished)
        if (!aborts) return
        cancel()
        answer.aborted(choice)
      },
      onAbort: () => answer.aborted(choice),
    },
  })
  return cancel
}

/**
 * An answer that would not fit behind its prompt is cut short. Throws vLLM's 400 when the prompt leaves no room, or more
 * is asked for than any prompt would leave (vllm/renderers/params.py; serve/utils/api_utils.py get_max_tokens; 0.32).
 */
export function outputLimit(promptTokens: number, maxTokens: number | undefined, maxModelLen: number): number {
  if ((maxTokens ?? 0) > maxModelLen) {
    throw badRequest(`max_tokens is ${maxTokens}, the maximum context length is ${maxModelLen} tokens`, 'max_tokens')
  }
  if (promptTokens > maxModelLen) {
    throw badRequest(
      `This model's maximum context length is ${maxModelLen} tokens, the prompt has ${promptTokens} input tokens`,
      'input_tokens',
    )
  }
  const room = maxModelLen - promptTokens
  if (room === 0) throw badRequest(`The prompt of ${promptTokens} tokens leaves no room for an answer`, 'max_tokens')
  return Math.min(maxTokens ?? room, room)
}

/** On SIGTERM vLLM stops its tokenizer threads first: text is a 500 from then on, token ids get "abort" (0.32). */
function tokenizerGone(): ApiError {
  return new ApiError(500, 'InternalServerError', 'cannot schedule new futures after shutdown')
}

/** The client's X-Request-Id, then the body's `request_id`, then a new one (generate/base/serving.py _base_request_id). */
export function requestId({ request }: Exchange, { requestId: fromBody }: InferenceRequest): string {
  const header = request.headers['x-request-id']
  return (
    (typeof header === 'string' && header !== '' ? header : undefined) ?? fromBody ?? randomBytes(8).toString('hex')
  )
}

function sendGarbage({ response }: Exchange, stream: boolean, id: string): void {
  response.writeHead(200, { 'content-type': stream ? 'text/event-stream; charset=utf-8' : 'application/json' })
  response.end(stream ? `data: {"id":"${id}","choices":[{"index":0,"del` : `{"id":"${id}","choices":[{"mess`)
}
