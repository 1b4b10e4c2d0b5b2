import { WriteStream } from 'node:tty'
import type { Clock } from '../../clock.ts'

export interface Progress {
  update(done: number, total: number, label: string): void
  /** Clears the bar. Further calls do nothing. */
  end(): void
}

const redrawMs = 100
const barWidth = 30

/** A bar on a terminal, redrawn in place; on anything else nothing is written. */
export function createProgress(stream: NodeJS.WritableStream, clock: Pick<Clock, 'now'>): Progress {
  if (!(stream instanceof WriteStream) || !stream.isTTY) return { update: () => {}, end: () => {} }
  return createBar({
    write: (text) => stream.write(text),
    columns: () => (stream.columns > 0 ? stream.columns : 80),
    clock,
  })
}

/** The bar itself; `columns` is asked at each drawing, as terminals are resized. */
export function createBar(terminal: {
  readonly write: (text: string) => void
  readonly columns: () => number
  readonly clock: Pick<Clock, 'now'>
}): Progress {
  let drawnAtMs = -Infinity
  let drawn = false
  let ended = false
  return {
    update(done, total, label) {
      const nowMs = terminal.clock.now()
      if (ended || nowMs - drawnAtMs < redrawMs) return
      drawnAtMs = nowMs
      drawn = true
      // One column stays free: a full line would wrap, and the next redraw start below it.
      terminal.write(`\r${barLine(done, total, label).slice(0, terminal.columns() - 1)}${eraseToLineEnd}`)
    },
    end() {
      if (drawn && !ended) terminal.write(`\r${eraseToLineEnd}`)
      ended = true
    },
  }
}

/** ECMA-48 EL. */
const eraseToLineEnd = '\u001b[K'

function barLine(done: number, total: number, label: string): string {
  const fraction = total > 0 ? Math.min(1, done / total) : 1
  const filled = Math.round(fraction * barWidth)
  const percent = `${Math.floor(fraction * 100)}`.padStart(3)
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${percent} %  ${label}`
}
