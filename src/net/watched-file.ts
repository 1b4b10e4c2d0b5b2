import { watch, type FSWatcher } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Clock } from '../clock.ts'

export interface WatchedFileOptions {
  readonly path: string
  readonly clock: Clock
  /** A larger file counts as unreadable. */
  readonly maxBytes: number
  /** Wait after the first sign of a change, so that a file written in parts is read once. */
  readonly settleMs: number
  /** The file is also read at this interval: on some mounts changes raise no event. */
  readonly pollMs: number
  /** Called with the whole text, at first and whenever it is another one. */
  readonly onText: (text: string) => void
  /** Called when the file cannot be read, once until it can be again. */
  readonly onUnreadable: (cause: unknown) => void
}

export interface WatchedFile {
  /** Resolves after the first read, good or not. */
  readonly firstRead: Promise<void>
  stop(): void
}

/**
 * Follows a text file through every way it is replaced: written in place, renamed over, or (Kubernetes ConfigMap and
 * Secret volumes) by swapping the symbolic link `..data` in its directory. So the directory is watched, not the file.
 */
export function watchFile(options: WatchedFileOptions): WatchedFile {
  const { path, clock, settleMs, pollMs } = options
  let lastText: string | undefined
  let unreadable = false
  let stopped = false
  let reading: Promise<void> | undefined
  let readAgain = false
  let cancelSettle: (() => void) | undefined
  let cancelPoll: (() => void) | undefined

  async function readOnce(): Promise<void> {
    const result = await readText(path, options.maxBytes)
    if (stopped) return
    if (!result.ok) {
      if (!unreadable) options.onUnreadable(result.cause)
      unreadable = true
    } else if (unreadable || result.text !== lastText) {
      unreadable = false
      lastText = result.text
      options.onText(result.text)
    }
  }

  // A change during a read may have come too late for it: then the file is read once more, so that no update is lost.
  async function readUntilSettled(): Promise<void> {
    do {
      readAgain = false
      await readOnce()
    } while (readAgain && !stopped)
    reading = undefined
  }

  function read(): Promise<void> {
    readAgain = true
    reading ??= readUntilSettled()
    return reading
  }

  function noticeChange(): void {
    cancelSettle ??= clock.setTimer(settleMs, () => {
      cancelSettle = undefined
      void read()
    })
  }

  async function poll(): Promise<void> {
    await read()
    if (!stopped) cancelPoll = clock.setTimer(pollMs, () => void poll())
  }

  const watcher = watchDirectory(path, noticeChange)
  return {
    firstRead: poll(),
    stop() {
      stopped = true
      watcher?.close()
      cancelSettle?.()
      cancelPoll?.()
    },
  }
}

/** `undefined` where watching is not possible (no such directory, no inotify watches left); polling remains. */
function watchDirectory(path: string, onChange: () => void): FSWatcher | undefined {
  const name = basename(path)
  try {
    const watcher = watch(dirname(path), (_event, changed) => {
      if (changed === null || changed === name || changed.startsWith('..')) onChange()
    })
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}

type TextOf = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly cause: unknown }

async function readText(path: string, maxBytes: number): Promise<TextOf> {
  try {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    const facts = await stat(path)
    if (!facts.isFile()) return { ok: false, cause: new Error('not a regular file') }
    if (facts.size > maxBytes)
      return { ok: false, cause: new Error(`${facts.size} bytes, at most ${maxBytes} are read`) }
    return { ok: true, text: await readFile(path, 'utf8') }
  } catch (cause) {
    return { ok: false, cause }
  }
}
