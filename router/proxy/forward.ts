import type { ServerResponse } from 'node:http'
import type { Clock } from '../../src/clock.ts'
import type { PoolSnapshot } from '../../src/endpoints/endpoint.ts'
import type { Log } from '../../src/telemetry/log.ts'
import type { RouteResult } from '../decision.ts'
import { type ApiError, errorEvent, internalError, noEndpoint, unknownModel } from '../openai/errors.ts'
import type { AnswerFacts } from '../openai/usage.ts'
import type { RequestRecord } from '../request-record.ts'
import type { Router } from '../router.ts'
import type { PolicyRequest } from '../scheduling/policy.ts'
import { answerError } from './answer.ts'
import {
  advance,
  type Exchange,
  type ExchangeAction,
  type ExchangeEvent,
  type ExchangeLimits,
  newExchange,
} from './exchange.ts'
import { forwardedRequestHeaders, forwardedResponseHeaders, headerText } from './headers.ts'
import { RelayedAnswer } from './relayed-answer.ts'
import { errorOf, type Failure } from './retry.ts'
import type { UpstreamCall, Upstreams } from './upstream.ts'

export interface ForwardContext {
  readonly router: Router
  readonly snapshot: () => PoolSnapshot
  readonly upstreams: Upstreams
  readonly clock: Clock
  readonly log: Log
  /** Longest wait for a client that does not read its answer, ms. */
  readonly stallTimeoutMs: number
  /** Whether answers carry `x-warmpath-endpoint` and `x-warmpath-decision`. */
  readonly decisionHeaders: boolean
}

/** A request that has been read whole. */
export interface ForwardRequest {
  readonly method: string
  readonly path: string
  readonly rawHeaders: readonly string[]
  readonly clientAddress: string
  readonly policyRequest: PolicyRequest
  readonly limits: ExchangeLimits
  readonly record: RequestRecord
  /** Called with what a complete answer said of itself. */
  readonly learn: (facts: AnswerFacts) => void
}

/** Routes a request, sends it, streams the answer back, and ends its tickets, whatever happens. Returns at once. */
export function forward(context: ForwardContext, request: ForwardRequest, client: Client): void {
  new Forwarding(context, request, client).start()
}

/** The client's side of a request: the bytes it sent, and where its answer goes. */
export interface Client {
  readonly body: Uint8Array
  readonly response: ServerResponse
}

/** Carries out what `advance` decides on the sockets of one request. */
class Forwarding {
  readonly #context: ForwardContext
  readonly #request: ForwardRequest
  readonly #response: ServerResponse
  readonly #tried = new Set<string>()
  /** Kept for retries, until the answer begins: streams last for minutes. */
  #body: Uint8Array | undefined
  #exchange: Exchange = newExchange
  #routed: Routed | undefined
  #refusal: ApiError | undefined
  #call: UpstreamCall | undefined
  #answer: RelayedAnswer | undefined
  #endStall: (() => void) | undefined

  constructor(context: ForwardContext, request: ForwardRequest, { body, response }: Client) {
    this.#context = context
    this.#request = request
    this.#body = body
    this.#response = response
  }

  start(): void {
    // Comes after the end of every answer, too; the exchange is over then.
    this.#response.once('close', () => {
      this.#endStall?.()
      this.#happened({ kind: 'client-gone' })
    })
    this.#guard(() => this.#route())
  }

  #happened(event: ExchangeEvent): void {
    this.#guard(() => {
      const [exchange, actions] = advance(this.#exchange, event, this.#request.limits)
      this.#exchange = exchange
      for (const action of actions) this.#carryOut(action)
    })
  }

  /** What happens on a socket reaches us outside any call: a fault, as in a policy, would end the process. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#giveUp(error)
    }
  }

  #giveUp(error: unknown): void {
    const { policyRequest, record } = this.#request
    this.#context.log.error('request failed inside', { requestId: policyRequest.id, error })
    if (this.#exchange.phase !== 'over') record.ended({ outcome: 'failed', status: internalError.status })
    this.#exchange = { ...this.#exchange, phase: 'over', ticketOpen: false, upstreamOpen: false }
    this.#call?.destroy()
    this.#routed?.ticket.cancel()
    if (this.#response.headersSent) this.#response.destroy()
    else answerError(this.#response, internalError, policyRequest.id)
  }

  #carryOut(action: ExchangeAction): void {
    switch (action.do) {
      case 'route':
        return this.#route()
      case 'send':
        return this.#send(action.attempt, { fresh: false })
      case 'resend':
        return this.#send(action.attempt, { fresh: true })
      case 'drop-upstream':
        return this.#call?.destroy()
      case 'finish-ticket':
        return this.#routed?.ticket.finish(this.#answer?.facts() ?? {})
      case 'cancel-ticket':
        return this.#routed?.ticket.cancel()
      case 'relay-head':
        return this.#relayHead()
      case 'end-answer':
        return this.#endAnswer()
      case 'answer':
        return this.#refuse(action.failure)
      case 'break-answer':
        return this.#breakAnswer(action.failure)
      case 'record':
        return this.#record(action.outcome)
    }
  }

  #route(): void {
    const { router, snapshot } = this.#context
    const { policyRequest, record } = this.#request
    const { failure } = this.#exchange
    const result = router.route(policyRequest, snapshot(), this.#tried)
    if (result.kind === 'no-endpoint') {
      // With nothing known, as after a scale to zero, no model can be called unknown.
      const isUnknown = result.why === 'unknown-model' && result.knownModels.length > 0
      this.#refusal = isUnknown
        ? unknownModel(policyRequest.model, result.knownModels)
        : noEndpoint(policyRequest.model)
      return this.#happened({ kind: 'unroutable' })
    }
    if (failure !== undefined) record.retried(failure)
    record.decided(result.decision)
    this.#tried.add(result.decision.endpoint.name)
    this.#routed = result
    this.#happened({ kind: 'routed' })
  }

  #send(attempt: number, { fresh }: { readonly fresh: boolean }): void {
    const body = this.#body
    if (this.#routed === undefined || body === undefined) return
    const { method, path, rawHeaders, clientAddress, policyRequest } = this.#request
    const origin = this.#routed.decision.endpoint.url
    const { host: authority } = new URL(origin)
    const headers = forwardedRequestHeaders(rawHeaders, {
      requestId: policyRequest.id,
      authority,
      clientAddress,
      bodyBytes: body.length,
    })
    this.#answer = undefined
    this.#call = this.#context.upstreams.send(
      { origin, method, path, headers, body, fresh },
      {
        head: (head) => {
          this.#answer = new RelayedAnswer(head)
          this.#happened({ kind: 'head', attempt, status: head.status })
          if (this.#exchange.phase === 'waiting') this.#call?.read()
        },
        chunk: (bytes) => this.#relay(bytes, attempt),
        end: () => this.#happened({ kind: 'end', attempt }),
        broken: (failure, reusedIdle) => this.#happened({ kind: 'broken', attempt, failure, reusedIdle }),
      },
    )
  }

  #relayHead(): void {
    this.#body = undefined
    if (this.#answer === undefined) return
    const { status, statusMessage, rawHeaders } = this.#answer.head
    const added = { 'x-request-id': this.#request.policyRequest.id, ...this.#decisionHeaders() }
    this.#response.writeHead(status, statusMessage, forwardedResponseHeaders(rawHeaders, added))
    this.#call?.read()
  }

  #decisionHeaders(): Record<string, string> {
    if (this.#routed === undefined || !this.#context.decisionHeaders) return {}
    const { endpoint, reason } = this.#routed.decision
    return { 'x-warmpath-endpoint': headerText(endpoint.name), 'x-warmpath-decision': headerText(reason) }
  }

  #relay(bytes: Buffer, attempt: number): void {
    if (this.#exchange.phase === 'waiting') this.#happened({ kind: 'body', attempt })
    if (this.#exchange.phase !== 'relaying' || this.#answer === undefined) return
    if (this.#answer.push(bytes)) {
      this.#routed?.ticket.firstToken()
      if (this.#answer.isStream) this.#request.record.firstToken()
    }
    if (!this.#response.write(bytes)) this.#waitForClient()
  }

  #waitForClient(): void {
    this.#call?.pause()
    this.#startStall()
    this.#response.once('drain', () => {
      this.#endStall?.()
      this.#call?.read()
    })
  }

  #startStall(): void {
    this.#endStall?.()
    this.#endStall = this.#context.clock.setTimer(this.#context.stallTimeoutMs, () => this.#response.destroy())
  }

  #endAnswer(): void {
    this.#response.end()
    if (this.#response.writableLength > 0) this.#startStall()
  }

  #refuse(failure: Failure | undefined): void {
    const error = failure === undefined ? this.#refusal : errorOf(failure)
    if (error !== undefined) answerError(this.#response, error, this.#request.policyRequest.id)
  }

  #breakAnswer(failure: Failure): void {
    if (this.#answer?.takesErrorEvent === true) this.#response.end(errorEvent(errorOf(failure)))
    else this.#response.destroy()
  }

  #record(outcome: 'completed' | 'failed' | 'cancelled'): void {
    const { record, learn } = this.#request
    const facts = this.#answer?.facts() ?? noFacts
    if (outcome === 'completed') learn(facts)
    // An engine that fails mid-stream says so in an event, under HTTP 200.
    record.ended({
      outcome: outcome === 'completed' && facts.error ? 'failed' : outcome,
      status: this.#response.statusCode,
      facts,
    })
  }
}

type Routed = RouteResult & { readonly kind: 'routed' }

const noFacts: AnswerFacts = { error: false, done: false }
