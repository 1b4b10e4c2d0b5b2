import type { Log, LogFields, LogLevel } from '../../src/telemetry/log.ts'

export interface LogLine {
  readonly level: LogLevel
  readonly event: string
  readonly fields: LogFields
}

export interface RecordedLog {
  readonly log: Log
  readonly lines: readonly LogLine[]
  /** The first line of this event, past or to come. */
  line(event: string): Promise<LogLine>
}

/** A log that keeps its lines, so that tests can wait for an event and read its fields. */
export function recordLog(): RecordedLog {
  const lines: LogLine[] = []
  const waiting = new Set<(line: LogLine) => void>()
  const make = (inherited: LogFields): Log => {
    const at =
      (level: LogLevel) =>
      (event: string, fields: LogFields = {}) => {
        const line = { level, event, fields: { ...inherited, ...fields } }
        lines.push(line)
        for (const hear of [...waiting]) hear(line)
      }
    const child = (fields: LogFields) => make({ ...inherited, ...fields })
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child }
  }
  return {
    log: make({}),
    lines,
    line: (event) =>
      new Promise((resolve) => {
        const past = lines.find((line) => line.event === event)
        if (past !== undefined) return resolve(past)
        const hear = (line: LogLine) => {
          if (line.event !== event) return
          waiting.delete(hear)
          resolve(line)
        }
        waiting.add(hear)
      }),
  }
}
