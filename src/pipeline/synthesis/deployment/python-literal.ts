/** Values that an engine prints in its log: Python’s dict, list, str, numbers, None; anything else is passed over. https://docs.python.org/3/library/ast.html#ast.literal_eval */

/** Longer texts are no configuration. */
const MOST_CHARS = 200_000

class Literal {
  readonly #text: string
  #at: number

  constructor(text: string, at: number) {
    this.#text = text
    this.#at = at
  }

  value(levels = 0): unknown {
    this.#skip()
    const char = this.#text[this.#at]
    if (levels > 20) return this.#opaque()
    if (char === '{') return this.#entries('}', ':', levels)
    if (char === '[' || char === '(') return this.#items(char === '[' ? ']' : ')', levels)
    if (char === "'" || char === '"') return this.#string(char)
    const start = this.#at
    this.#opaque()
    return word(this.#text.slice(start, this.#at).trim())
  }

  /** `key=value` pairs of a call, `ServerArgs(a=1, b='x')`, from behind its parenthesis. */
  keywords(): Map<string, unknown> {
    return new Map(Object.entries(this.#entries(')', '=', 0)))
  }

  #entries(end: string, between: string, levels: number): Record<string, unknown> {
    const entries: [string, unknown][] = []
    if (between === ':') this.#at += 1
    for (this.#skip(); this.#at < this.#text.length && this.#text[this.#at] !== end; this.#skip()) {
      const start = this.#at
      const key = between === ':' ? String(this.value(levels + 1)) : (/^\w+/.exec(this.#text.slice(this.#at, this.#at + 128))?.[0] ?? '')
      if (between === '=') this.#at += key.length
      this.#skip()
      if (this.#text[this.#at] === between) {
        this.#at += 1
        entries.push([key, this.value(levels + 1)])
      }
      this.#comma()
      if (this.#at === start) this.#at += 1
    }
    this.#at += 1
    return Object.fromEntries(entries)
  }

  #items(end: string, levels: number): unknown[] {
    const items: unknown[] = []
    this.#at += 1
    for (this.#skip(); this.#at < this.#text.length && this.#text[this.#at] !== end; this.#skip()) {
      const start = this.#at
      items.push(this.value(levels + 1))
      this.#comma()
      if (this.#at === start) this.#at += 1
    }
    this.#at += 1
    return items
  }

  #string(quote: string): string {
    let text = ''
    for (this.#at += 1; this.#at < this.#text.length && this.#text[this.#at] !== quote; this.#at += 1) {
      if (this.#text[this.#at] === '\\') this.#at += 1
      text += this.#text[this.#at] ?? ''
    }
    this.#at += 1
    return text
  }

  /** Up to the comma or the bracket that ends it; brackets inside belong to it: `<CUDAGraphMode.FULL: (2, 1)>`. */
  #opaque(): undefined {
    let depth = 0
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text[this.#at] ?? ''
      if ('([{<'.includes(char)) depth += 1
      else if (depth > 0 && ')]}>'.includes(char)) depth -= 1
      else if (depth === 0 && ',)]}:='.includes(char)) return undefined
    }
    return undefined
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1
  }

  #comma(): void {
    this.#skip()
    if (this.#text[this.#at] === ',') this.#at += 1
  }
}

function word(text: string): unknown {
  if (text === 'True') return true
  if (text === 'False') return false
  if (text === 'None') return null
  if (/^-?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/i.test(text)) return Number(text)
  const member = /^<(\w+\.\w+):/.exec(text)?.[1]
  return member ?? (/^[\w.]+$/.test(text) ? text : undefined)
}

/** The value that begins at `at`. Never throws: what ends too early ends there. */
export function pythonValue(text: string, at: number): unknown {
  return new Literal(text.slice(at, at + MOST_CHARS), 0).value()
}

/** @param at behind the parenthesis of a call. */
export function pythonKeywords(text: string, at: number): Map<string, unknown> {
  return new Literal(text.slice(at, at + MOST_CHARS), 0).keywords()
}
