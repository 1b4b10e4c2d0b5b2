/** A piece of a shell word. `quoted` text is not split into words. */
export type WordPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly quoted: boolean }
  | { readonly kind: 'positional'; readonly all: boolean; readonly index: number; readonly quoted: boolean }
  /** A command's output, arithmetic, or an expansion with an operator: what it becomes is not in the script. */
  | { readonly kind: 'opaque'; readonly source: string; readonly quoted: boolean }

export type ShellWord = readonly WordPart[]

export interface ShellCommand {
  readonly words: readonly ShellWord[]
  /** What stands before it: nothing, a newline or one of `;` `&` `&&` `||` `|` `(` `)`. */
  readonly after: string
}

/**
 * Splits a POSIX shell script into simple commands and their words, as far as telling a server's command line needs:
 * quotes, escapes, line continuations, comments, here-documents, separators, variables. Redirections are left out, and
 * reserved words stay words. Never throws; an open quote ends with the script. The rules are those of POSIX.1-2024 XCU
 * section 2.
 */
export function parseShell(script: string): readonly ShellCommand[] {
  const reader = new ScriptReader(script)
  const commands: ShellCommand[] = []
  let words: ShellWord[] = []
  let after = ''
  for (let token = reader.next(); token !== undefined; token = reader.next()) {
    if (token.kind === 'word') words.push(token.word)
    else {
      if (words.length > 0) commands.push({ words, after })
      words = []
      after = token.text
    }
  }
  return words.length > 0 ? [...commands, { words, after }] : commands
}

type Token = { readonly kind: 'word'; readonly word: ShellWord } | { readonly kind: 'separator'; readonly text: string }

const separator = /(?:&&|\|\||;;|\|&|[;&|()\n])/y
const redirection = /\d*(?:&>>?|>>|>&|<&|<<<|<>|>\||>|<)/y
const hereDocument = /\d*<<(-?)[ \t]*(?:'([^'\n]*)'|"([^"\n]*)"|\\?([^\s;&|<>()'"]+))/y
const blank = /(?:[ \t\r]|\\\r?\n)+/y
const comment = /#[^\n]*/y
const plainText = /[^ \t\r\n\\'"$`;&|()<>]+/y
const variable = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/y
const positional = /\$(?:\{([@*0-9])\}|([@*0-9]))/y

class ScriptReader {
  readonly #script: string
  #at = 0
  /** Delimiters whose bodies begin on the next line. */
  #hereDocuments: { readonly end: string; readonly tabs: boolean }[] = []

  constructor(script: string) {
    this.#script = script
  }

  next(): Token | undefined {
    for (;;) {
      this.#match(blank)
      if (this.#at >= this.#script.length) return undefined
      if (this.#match(comment) !== undefined) continue
      const here = this.#match(hereDocument)
      if (here !== undefined) {
        this.#hereDocuments.push({ end: here[2] ?? here[3] ?? here[4] ?? '', tabs: here[1] === '-' })
        continue
      }
      if (this.#match(redirection) !== undefined) {
        this.#match(blank)
        this.#word()
        continue
      }
      const found = this.#match(separator)
      if (found === undefined) return { kind: 'word', word: this.#word() }
      if (found[0] === '\n') this.#skipHereDocuments()
      return { kind: 'separator', text: found[0] }
    }
  }

  #word(): ShellWord {
    const parts: WordPart[] = []
    while (this.#at < this.#script.length) {
      const plain = this.#match(plainText)
      const character = this.#script.charAt(this.#at)
      if (plain !== undefined) parts.push({ kind: 'text', text: plain[0] })
      else if (character === "'") parts.push({ kind: 'text', text: this.#until("'", this.#at + 1) })
      else if (character === '"') parts.push(...this.#doubleQuoted())
      else if (character === '\\') parts.push(...this.#escaped())
      else if (character === '$' || character === '`') parts.push(this.#expansion(false))
      else break
    }
    return parts
  }

  #doubleQuoted(): readonly WordPart[] {
    const parts: WordPart[] = [{ kind: 'text', text: '' }]
    this.#at += 1
    while (this.#at < this.#script.length) {
      const character = this.#script.charAt(this.#at)
      if (character === '"') {
        this.#at += 1
        return parts
      }
      if (character === '$' || character === '`') parts.push(this.#expansion(true))
      else if (character === '\\' && /[$`"\\\n]/.test(this.#script.charAt(this.#at + 1))) parts.push(...this.#escaped())
      else {
        parts.push({ kind: 'text', text: character })
        this.#at += 1
      }
    }
    return parts
  }

  #escaped(): readonly WordPart[] {
    const text = this.#script.charAt(this.#at + 1)
    this.#at += 2
    return text === '\n' ? [] : [{ kind: 'text', text }]
  }

  #expansion(quoted: boolean): WordPart {
    const start = this.#at
    const named = this.#match(variable)
    if (named !== undefined) return { kind: 'variable', name: named[1] ?? named[2] ?? '', quoted }
    const numbered = this.#match(positional)
    if (numbered !== undefined) {
      const which = numbered[1] ?? numbered[2] ?? ''
      return { kind: 'positional', all: /[@*]/.test(which), index: Number.parseInt(which, 10) || 0, quoted }
    }
    const opening = this.#script.charAt(start + 1)
    if (this.#script.charAt(start) === '`') this.#until('`', start + 1)
    else if (opening === '(' || opening === '{') this.#balanced(opening, opening === '(' ? ')' : '}')
    else if (opening === "'" && !quoted) this.#until("'", start + 2)
    else {
      this.#at += 1
      // `$?`, `$!`, `$$`, `$#` and `$-` are values of the running shell, and `$"…"` is a translation in bash alone;
      // any other `$` stands for itself.
      if (!/[?!$#"-]/.test(opening) || (quoted && opening === '"')) return { kind: 'text', text: '$' }
      if (opening !== '"') this.#at += 1
    }
    return { kind: 'opaque', source: this.#script.slice(start, this.#at), quoted }
  }

  #balanced(open: string, close: string): void {
    let depth = 0
    for (this.#at += 1; this.#at < this.#script.length; this.#at += 1) {
      const character = this.#script.charAt(this.#at)
      if (character === '\\') this.#at += 1
      else if (character === open) depth += 1
      else if (character === close && (depth -= 1) === 0) break
    }
    this.#at = Math.min(this.#at + 1, this.#script.length)
  }

  #until(end: string, from: number): string {
    const close = this.#script.indexOf(end, from)
    const stop = close === -1 ? this.#script.length : close
    this.#at = Math.min(stop + 1, this.#script.length)
    return this.#script.slice(from, stop)
  }

  #skipHereDocuments(): void {
    for (const { end, tabs } of this.#hereDocuments) {
      let line: string | undefined
      do {
        if (this.#at >= this.#script.length) break
        line = this.#until('\n', this.#at)
      } while ((tabs ? line.replace(/^\t+/, '') : line) !== end)
    }
    this.#hereDocuments = []
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#script)
    if (found === null) return undefined
    this.#at = pattern.lastIndex
    return found
  }
}
