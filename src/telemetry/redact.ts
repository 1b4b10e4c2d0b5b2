/**
 * Whether a value under this name must not be printed: a credential, or what a user wrote to a model.
 * Names about such things (`promptTokens`, `firstTokenMs`, `secretName`) are not secret.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  const phrase = words.join(' ').trim()
  return userTexts.has(phrase) || credentials.some((word) => phrase === word || phrase.endsWith(` ${word}`))
}

export const redacted = '[redacted]'

const credentials = [
  'authorization',
  'cookie',
  'password',
  'passphrase',
  'secret',
  'token',
  'api key',
  'apikey',
  'private key',
]
const userTexts: ReadonlySet<string> = new Set(['prompt', 'messages'])
