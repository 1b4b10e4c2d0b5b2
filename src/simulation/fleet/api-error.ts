import { STATUS_CODES } from 'node:http'
import { WarmpathError } from '../../errors.ts'

/** A refusal in vLLM's shape (vllm/entrypoints/serve/exception_handling, 0.32). */
export class ApiError extends WarmpathError {
  override readonly status: number
  readonly type: string
  readonly param: string | null

  constructor(status: number, type: string, message: string, param: string | null = null) {
    super('API_ERROR', message, { status })
    this.status = status
    this.type = type
    this.param = param
  }
}

/** Starlette's own refusal of a path or a method, which vLLM passes on as it is (0.32). */
export class RouteError extends WarmpathError {
  override readonly status: 404 | 405

  constructor(status: 404 | 405) {
    super('ROUTE_ERROR', STATUS_CODES[status] ?? '', { status })
    this.status = status
  }
}

export function errorBody({ status, type, message, param }: ApiError): object {
  return { error: { message, type, param, code: status } }
}

/** Raised by the server itself (413): named by its HTTP phrase. */
export function httpError(status: number, message = STATUS_CODES[status] ?? ''): ApiError {
  return new ApiError(status, STATUS_CODES[status] ?? 'Error', message)
}

/** Raised by the handler after the body was read and understood. */
export function badRequest(message: string, param: string | null = null): ApiError {
  return new ApiError(400, 'BadRequestError', message, param)
}

export interface FieldProblem {
  /** Dotted path from `body`; undefined where no field is at fault. */
  readonly path: string | undefined
  readonly message: string
}

/** Raised while reading the body: FastAPI's 422, which vLLM sends as 400; `param` is the first field at fault. */
export function validationError(problems: readonly FieldProblem[]): ApiError {
  const shown = problems
    .slice(0, maxProblemsShown)
    .map(({ path, message }) => `  ${path === undefined ? '' : `${path}: `}${message}`)
  const more = problems.length > maxProblemsShown ? [`  and ${problems.length - maxProblemsShown} more`] : []
  const heading = `${problems.length} validation ${problems.length === 1 ? 'error' : 'errors'}:`
  return new ApiError(400, 'Bad Request', [heading, ...shown, ...more].join('\n'), problems[0]?.path ?? null)
}

const maxProblemsShown = 10

/** As vLLM's LoRA routes refuse (vllm/entrypoints/openai/models/serving.py). */
export function invalidUserInput(message: string): ApiError {
  return new ApiError(400, 'InvalidUserInput', message)
}

export function notFound(message: string, param: string | null = null): ApiError {
  return new ApiError(404, 'NotFoundError', message, param)
}
