/** Words of the user for a message: printable ASCII, cut to `max` characters. */
export function brief(text: string, max = 40): string {
  const plain = text.replaceAll(/[^\x20-\x7e]/g, '?')
  return plain.length <= max ? plain : `${plain.slice(0, max - 3)}...`
}

/** `8 GPUs`, `1 GPU`. */
export const count = (number: number, noun: string): string => `${short(number)} ${noun}${number === 1 ? '' : 's'}`

/** `63 GiB`; below 10 with one decimal. */
export function gib(bytes: number): string {
  const amount = bytes / 2 ** 30
  return `${amount < 10 ? short(amount) : Math.round(amount)} GiB`
}

/** At most one decimal. */
export const short = (number: number): string => String(Math.round(number * 10) / 10)

/** Where a fact stands, by its page, and of which day it is: `automode-learn-instances 2026-08-21`. */
export function cite({ source, date }: { readonly source: string; readonly date: string }): string {
  const page = source.slice(source.lastIndexOf('/') + 1).replace(/\.adoc$|\.md$/, '')
  return `${brief(page, 32)} ${date}`
}
