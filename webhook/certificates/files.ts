import type { Clock } from '../../src/clock.ts'
import { WarmpathError } from '../../src/errors.ts'
import type { KeyPair } from '../../src/net/http-server.ts'
import { watchFile } from '../../src/net/watched-file.ts'
import type { Log } from '../../src/telemetry/log.ts'

export interface CertificateFilesOptions {
  readonly certificatePath: string
  readonly keyPath: string
  readonly clock: Clock
  readonly log: Log
  /** Throws for a pair that it does not take; that is logged, except at first. */
  readonly onPair: (pair: KeyPair) => void
}

/**
 * Follows the two files, as cert-manager's Secret is mounted. Rejects when they cannot be used at first. Later a pair that
 * is not one is waited out: the two files are read one after the other.
 */
export async function followCertificateFiles(options: CertificateFilesOptions): Promise<{ stop(): void }> {
  const { certificatePath, keyPath, clock, log, onPair } = options
  let certificate: string | undefined
  let key: string | undefined
  let started = false
  let cancel = () => {}

  function offer(): void {
    if (certificate === undefined || key === undefined) return
    try {
      onPair({ certificate, key })
      log.info('certificate loaded', { path: certificatePath })
    } catch (error) {
      log.warn('certificate files not usable, the last ones stay', { error, path: certificatePath })
    }
  }

  function changed(): void {
    if (!started) return
    cancel()
    cancel = clock.setTimer(pairMs, offer)
  }

  const follow = (path: string, take: (text: string) => void) =>
    watchFile({
      path,
      clock,
      maxBytes: MAX_BYTES,
      settleMs: 100,
      // controller-runtime polls in this rhythm beside its watch (pkg/certwatcher, 2026-08).
      pollMs: 10_000,
      onText(text) {
        take(text)
        changed()
      },
      onUnreadable: (error) => log.warn('certificate file not readable', { path, error }),
    })

  const files = [follow(certificatePath, (text) => (certificate = text)), follow(keyPath, (text) => (key = text))]
  const stop = () => {
    cancel()
    for (const file of files) file.stop()
  }
  await Promise.all(files.map(({ firstRead }) => firstRead))
  try {
    if (certificate === undefined || key === undefined)
      throw new WarmpathError('CERTIFICATE_UNREADABLE', `Cannot read ${certificatePath} and ${keyPath}`)
    onPair({ certificate, key })
  } catch (error) {
    stop()
    throw error
  }
  started = true
  return { stop }
}

/** Longer than the time in which both files of a Secret are read. */
const pairMs = 500
const MAX_BYTES = 1024 * 1024
