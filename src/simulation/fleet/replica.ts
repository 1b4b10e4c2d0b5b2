import type { IncomingMessage, ServerResponse } from 'node:http'
import { WarmpathError } from '../../errors.ts'
import type { EngineStats } from '../engine.ts'
import { errorBody, httpError } from './api-error.ts'
import type { EngineProcess } from './engine-process.ts'
import { createFaultGate, type FaultGate } from './fault-gate.ts'
import { createFaultScript, type Fault, type FaultScript } from './faults.ts'
import { sendJson } from './http.ts'
import { endProcess, type Ports, type ProcessOptions, type ReplicaProcess, startProcess } from './replica-process.ts'
import { inferencePaths, route } from './routes.ts'

export interface ReplicaOptions extends ProcessOptions {
  readonly name: string
  readonly ports: Ports
  /** vLLM's --shutdown-timeout: 0 aborts what runs at once, more waits that long for it. */
  readonly drainTimeoutMs: number
  readonly faults: readonly Fault[]
}

/** One simulated vLLM server: an HTTP port, a KV event publisher, an engine, and scripted faults that outlive restarts. */
export class Replica {
  readonly faults: FaultScript
  readonly #options: ReplicaOptions
  readonly #gate: FaultGate
  #ports: Ports
  #process: ReplicaProcess | undefined
  #state: 'serving' | 'down' | 'draining' | 'stopped' = 'down'
  #restarting: Promise<void> = Promise.resolve()

  private constructor(options: ReplicaOptions) {
    this.#options = options
    this.#ports = options.ports
    this.#gate = createFaultGate({ clock: options.clock, restart: (downMs) => this.restart(downMs) })
    this.faults = createFaultScript(options.faults, inferencePaths)
  }

  /** Rejects with `PORT_IN_USE` when one of its ports is taken. */
  static async start(options: ReplicaOptions): Promise<Replica> {
    const replica = new Replica(options)
    await replica.#begin()
    return replica
  }

  get name(): string {
    return this.#options.name
  }

  get url(): string {
    return `http://${this.#options.host}:${this.#ports.http}`
  }

  get kvEvents(): string {
    return `tcp://${this.#options.host}:${this.#ports.events}`
  }

  get kvReplay(): string {
    return `tcp://${this.#options.host}:${this.#ports.replay}`
  }

  get model(): string {
    return this.#options.settings.model
  }

  /** Undefined while the process is down. */
  stats(): EngineStats | undefined {
    return this.#process?.engine.stats()
  }

  /**
   * The process dies: connections are cut, cache and counters are gone, the ports refuse. After `downMs` it is back on
   * the same ports, its event sequence at 0. Resolves then; does nothing unless it is serving.
   */
  restart(downMs: number): Promise<void> {
    if (this.#state === 'serving') this.#restarting = this.#restart(downMs)
    return this.#restarting
  }

  /** As vLLM on SIGTERM: still listens, aborts or drains by `drainTimeoutMs`, then closes; cut short by `deadline`. */
  async stop(deadline: AbortSignal): Promise<void> {
    if (this.#state === 'draining' || this.#state === 'stopped') return
    this.#state = 'draining'
    this.#gate.release()
    // Who asked for the restart hears of its failure.
    await Promise.allSettled([this.#restarting])
    if (this.#process !== undefined) {
      if (this.#options.drainTimeoutMs > 0) await this.#drained(this.#process.engine, deadline)
      this.#process.engine.abortAll()
      await endProcess(this.#process, deadline)
    }
    this.#process = undefined
    this.#state = 'stopped'
  }

  async #begin(): Promise<void> {
    this.#process = await startProcess(this.#options, this.#ports, (request, response) =>
      this.#serve(request, response),
    )
    this.#ports = this.#process.ports
    if (this.#state === 'down') this.#state = 'serving'
  }

  async #restart(downMs: number): Promise<void> {
    const { log, name } = this.#options
    const process = this.#process
    this.#state = 'down'
    this.#process = undefined
    log.info('replica down', { replica: name, downMs })
    this.#gate.release()
    process?.engine.kill()
    if (process !== undefined) await endProcess(process, AbortSignal.abort())
    await this.#gate.pause(downMs)
    await this.#beginAgain()
    if (this.#process !== undefined) log.info('replica up', { replica: name })
  }

  /** ZeroMQ frees its ports a little after the close. */
  async #beginAgain(): Promise<void> {
    for (let attempt = 1; this.#state === 'down'; attempt++) {
      try {
        return await this.#begin()
      } catch (error) {
        const taken = error instanceof WarmpathError && error.code === 'PORT_IN_USE'
        if (!taken || attempt === rebindAttempts) throw error
        await this.#gate.pause(rebindPauseMs)
      }
    }
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    // uvicorn announces no keep-alive time, only a close; vLLM's CORS middleware varies every answer.
    if (request.headers.connection !== 'close') response.removeHeader('connection')
    response.setHeader('server', 'uvicorn')
    response.setHeader('vary', 'Origin')
    const path = request.url?.split('?')[0] ?? '/'
    this.#answer(request, response, path).catch((error: unknown) => {
      // A client that leaves while it sends is no fault of ours.
      if (request.destroyed && !request.complete) return
      this.#options.log.error('request failed', { replica: this.name, path, error })
      sendJson(response, 500, errorBody(httpError(500)))
    })
  }

  async #answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const exchange = { request, response, path, fault: this.faults.take(path) }
    const goesOn = await this.#gate.pass(exchange)
    if (!goesOn || this.#process === undefined || response.destroyed) return
    await route(exchange, { ...this.#process, faults: this.faults, draining: this.#state === 'draining' })
  }

  async #drained(engine: EngineProcess, deadline: AbortSignal): Promise<void> {
    const over = Promise.withResolvers<void>()
    const cancel = this.#options.clock.setTimer(this.#options.drainTimeoutMs, over.resolve)
    deadline.addEventListener('abort', () => over.resolve(), { once: true })
    if (deadline.aborted) over.resolve()
    await Promise.race([engine.whenIdle(), over.promise])
    cancel()
  }
}

const rebindAttempts = 50
const rebindPauseMs = 20
