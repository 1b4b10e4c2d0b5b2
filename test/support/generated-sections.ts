/** Puts `body` between `<!-- generated: NAME -->` and `<!-- end -->`; undefined when the text has no such section. */
export function replaceSection(text: string, name: string, body: string): string | undefined {
  const opening = `<!-- generated: ${name} -->`
  const start = text.indexOf(opening)
  const end = text.indexOf(closing, start)
  if (start === -1 || end === -1) return undefined
  return `${text.slice(0, start)}${opening}\n\n${body.trim()}\n\n${text.slice(end)}`
}

/** Names of all generated sections in `text`, in order. */
export function sectionNames(text: string): readonly string[] {
  return [...text.matchAll(/<!-- generated: (.+?) -->/g)].flatMap(([, name]) => (name === undefined ? [] : [name]))
}

const closing = '<!-- end -->'
