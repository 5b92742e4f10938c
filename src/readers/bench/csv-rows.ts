/** Rows of CSV whose cells may hold line breaks (JSON in quotes): RFC 4180. An unclosed quote takes the rest. */
export class CsvRows {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Undefined at the end; lines without anything are passed over. */
  next(): string[] | undefined {
    const text = this.#text
    while (text[this.#at] === '\n' || text[this.#at] === '\r') this.#at++
    if (this.#at >= text.length) return undefined
    const cells: string[] = []
    for (;;) {
      cells.push(text[this.#at] === '"' ? this.#quoted() : this.#bare())
      if (text[this.#at] !== ',') break
      this.#at++
    }
    return cells
  }

  #quoted(): string {
    const text = this.#text
    let cell = ''
    for (let from = this.#at + 1; ; ) {
      const quote = text.indexOf('"', from)
      if (quote < 0) {
        this.#at = text.length
        return cell + text.slice(from)
      }
      cell += text.slice(from, quote)
      if (text[quote + 1] !== '"') {
        this.#at = quote + 1
        return cell + this.#bare()
      }
      cell += '"'
      from = quote + 2
    }
  }

  #bare(): string {
    const text = this.#text
    const start = this.#at
    while (this.#at < text.length && text[this.#at] !== ',' && text[this.#at] !== '\n' && text[this.#at] !== '\r') this.#at++
    return text.slice(start, this.#at)
  }
}
