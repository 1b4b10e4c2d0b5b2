import { type Failure, isRetryableStatus, mayRetry } from './retry.ts'

/**
 * One request from routing to its end, as a state machine without I/O: what happened goes in, what to do comes out.
 * A replica's answer is held back until its first body byte, since vLLM sends the head of a stream before the prompt
 * is even scheduled; so a replica that dies in prefill costs the client nothing.
 *
 * Kept for any order of events: every ticket is ended once, by `finish-ticket` or `cancel-ticket`; the client is
 * answered at most once, and nothing is sent to a replica after that; nothing is done once `over`.
 */
export function advance(exchange: Exchange, event: ExchangeEvent, limits: ExchangeLimits): Step {
  if (exchange.phase === 'over' || isStale(exchange, event)) return [exchange, []]
  switch (event.kind) {
    case 'routed':
      return routed(exchange)
    case 'unroutable':
      return unroutable(exchange)
    case 'head':
      return head(exchange, event.status, limits)
    case 'body':
      return exchange.phase === 'waiting'
        ? [{ ...exchange, phase: 'relaying' }, [{ do: 'relay-head' }]]
        : [exchange, []]
    case 'end':
      return ended(exchange)
    case 'broken':
      return broken(exchange, event, limits)
    case 'client-gone':
      return over(exchange, [{ do: 'record', outcome: 'cancelled' }])
  }
}

export interface ExchangeLimits {
  /** Other endpoints to try after the first. */
  readonly retries: number
  /** Whether a replica may see the request although another may have. */
  readonly repeatable: boolean
}

export type ExchangeEvent =
  /** The router chose an endpoint and opened a ticket. */
  | { readonly kind: 'routed' }
  | { readonly kind: 'unroutable' }
  /** Attempts are counted from 1; events of an attempt that was given up are ignored. */
  | { readonly kind: 'head'; readonly attempt: number; readonly status: number }
  /** The first bytes of the answer's body. */
  | { readonly kind: 'body'; readonly attempt: number }
  | { readonly kind: 'end'; readonly attempt: number }
  /** `reusedIdle`: on a kept-alive connection that the replica had closed before it could see the request. */
  | { readonly kind: 'broken'; readonly attempt: number; readonly failure: Failure; readonly reusedIdle: boolean }
  | { readonly kind: 'client-gone' }

export type ExchangeAction =
  /** Ask the router for an endpoint that was not tried; answer with `routed` or `unroutable`. */
  | { readonly do: 'route' }
  | { readonly do: 'send'; readonly attempt: number }
  /** The same endpoint again, on a new connection. */
  | { readonly do: 'resend'; readonly attempt: number }
  | { readonly do: 'drop-upstream' }
  | { readonly do: 'finish-ticket' }
  | { readonly do: 'cancel-ticket' }
  | { readonly do: 'relay-head' }
  /** The answer is complete: end it towards the client. */
  | { readonly do: 'end-answer' }
  /** Answer in the router's own words; without a failure no endpoint could be chosen. */
  | { readonly do: 'answer'; readonly failure: Failure | undefined }
  /** Part of the answer is out: say so in the stream if it is one, else cut the connection. */
  | { readonly do: 'break-answer'; readonly failure: Failure }
  | { readonly do: 'record'; readonly outcome: 'completed' | 'failed' | 'cancelled' }

export interface Exchange {
  readonly phase: 'routing' | 'waiting' | 'relaying' | 'over'
  readonly attempt: number
  readonly endpointsTried: number
  readonly ticketOpen: boolean
  /** An attempt is open. While `routing`: an answer that says "try another" waits in case there is none. */
  readonly upstreamOpen: boolean
  readonly resent: boolean
  readonly status?: number
  /** Why the last attempt was given up. */
  readonly failure?: Failure
}

export const newExchange: Exchange = {
  phase: 'routing',
  attempt: 0,
  endpointsTried: 0,
  ticketOpen: false,
  upstreamOpen: false,
  resent: false,
}

export type Step = readonly [Exchange, readonly ExchangeAction[]]

function isStale(exchange: Exchange, event: ExchangeEvent): boolean {
  return 'attempt' in event && (event.attempt !== exchange.attempt || !exchange.upstreamOpen)
}

function routed(exchange: Exchange): Step {
  if (exchange.phase !== 'routing' || exchange.ticketOpen) return [exchange, []]
  const attempt = exchange.attempt + 1
  const drop: ExchangeAction[] = exchange.upstreamOpen ? [{ do: 'drop-upstream' }] : []
  const next: Exchange = {
    phase: 'waiting',
    attempt,
    endpointsTried: exchange.endpointsTried + 1,
    ticketOpen: true,
    upstreamOpen: true,
    resent: false,
  }
  return [next, [...drop, { do: 'send', attempt }]]
}

function unroutable(exchange: Exchange): Step {
  if (exchange.phase !== 'routing') return [exchange, []]
  if (exchange.upstreamOpen) return [{ ...exchange, phase: 'relaying' }, [{ do: 'relay-head' }]]
  return over(exchange, [
    { do: 'answer', failure: exchange.failure },
    { do: 'record', outcome: 'failed' },
  ])
}

function head(exchange: Exchange, status: number, limits: ExchangeLimits): Step {
  if (exchange.phase !== 'waiting') return [exchange, []]
  const failure: Failure = { kind: 'status', status }
  if (!isRetryableStatus(status) || !canGoOn(exchange, failure, limits)) return [{ ...exchange, status }, []]
  return [
    { ...exchange, phase: 'routing', status, failure, ticketOpen: false },
    [{ do: 'cancel-ticket' }, { do: 'route' }],
  ]
}

function ended(exchange: Exchange): Step {
  if (exchange.phase === 'routing') return [exchange, []]
  const ok = exchange.status !== undefined && exchange.status < 400
  const done: Exchange = { ...exchange, phase: 'over', ticketOpen: false, upstreamOpen: false }
  const relay: ExchangeAction[] = exchange.phase === 'waiting' ? [{ do: 'relay-head' }] : []
  const ticket: ExchangeAction[] = exchange.ticketOpen ? [{ do: ok ? 'finish-ticket' : 'cancel-ticket' }] : []
  return [done, [...relay, ...ticket, { do: 'end-answer' }, { do: 'record', outcome: ok ? 'completed' : 'failed' }]]
}

function broken(exchange: Exchange, event: ExchangeEvent & { kind: 'broken' }, limits: ExchangeLimits): Step {
  const { failure } = event
  const gone: Exchange = { ...exchange, upstreamOpen: false }
  switch (exchange.phase) {
    case 'routing':
      return [gone, [{ do: 'drop-upstream' }]]
    case 'waiting':
      if (event.reusedIdle && !exchange.resent && exchange.status === undefined) {
        const attempt = exchange.attempt + 1
        return [{ ...exchange, attempt, resent: true }, [{ do: 'drop-upstream' }, { do: 'resend', attempt }]]
      }
      if (!canGoOn(exchange, failure, limits)) {
        return over(exchange, [
          { do: 'answer', failure },
          { do: 'record', outcome: 'failed' },
        ])
      }
      return [
        { ...gone, phase: 'routing', failure, ticketOpen: false },
        [{ do: 'drop-upstream' }, { do: 'cancel-ticket' }, { do: 'route' }],
      ]
    case 'relaying':
      return over(exchange, [
        { do: 'break-answer', failure },
        { do: 'record', outcome: 'failed' },
      ])
    case 'over':
      return [exchange, []]
  }
}

const canGoOn = (exchange: Exchange, failure: Failure, limits: ExchangeLimits): boolean =>
  exchange.endpointsTried <= limits.retries && mayRetry(failure, limits)

function over(exchange: Exchange, last: readonly ExchangeAction[]): Step {
  const drop: ExchangeAction[] = exchange.upstreamOpen ? [{ do: 'drop-upstream' }] : []
  const ticket: ExchangeAction[] = exchange.ticketOpen ? [{ do: 'cancel-ticket' }] : []
  return [{ ...exchange, phase: 'over', ticketOpen: false, upstreamOpen: false }, [...drop, ...ticket, ...last]]
}
