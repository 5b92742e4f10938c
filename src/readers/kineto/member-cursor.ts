/** Members of a JSON object: from one value to the next, over comma, key and colon. */
import { ByteCursor } from './byte-cursor.ts'
import { MemberPaths, NOWHERE } from './member-paths.ts'
import { END } from './member-uses.ts'

/** Longer than any key that means something. */
const LONGEST_KEY = 32

export class MemberCursor extends ByteCursor {
  readonly paths = new MemberPaths()
  /** What `nextMember` found: the number of its key in `fields`, 0 for any other key, END. */
  field = 0
  /** Where its path leads on from. */
  node = NOWHERE

  /**
   * From behind a value at `at` (`isFirst`: behind the brace) to the next value of the object, or behind its closing brace.
   * `node`: where the paths of this place begin. Returns the position, or why there is none; commas before the brace pass.
   */
  nextMember(at: number, node: number, isFirst: boolean, fields: ReadonlyMap<string, number>): number {
    const { paths } = this
    const known = paths.follow(node, this, at)
    if (known < 0) return this.#newMember(at, node, isFirst, fields)
    this.node = known
    this.field = paths.field(known)
    return at + paths.length(known)
  }

  #newMember(from: number, node: number, isFirst: boolean, fields: ReadonlyMap<string, number>): number {
    const { bytes } = this
    let at = this.afterSpace(from)
    if (!isFirst && bytes[at] !== 125) {
      if (bytes[at] !== 44) return this.fail(at)
      at = this.afterSpace(at + 1)
    }
    if (bytes[at] === 125) {
      at += 1
      this.field = END
    } else {
      if (bytes[at] !== 34) return this.fail(at)
      const key = at + 1
      const quote = this.closingQuote(key)
      if (quote < 0) return quote
      at = this.afterSpace(quote + 1)
      if (bytes[at] !== 58) return this.fail(at)
      at = this.afterSpace(at + 1)
      this.field = quote - key > LONGEST_KEY ? 0 : (fields.get(bytes.toString('latin1', key, quote)) ?? 0)
    }
    // Behind the window's end the space before the value may go on.
    this.node = at < this.end ? this.paths.remember(node, bytes, from, at, this.field, this.field === END) : NOWHERE
    return at
  }
}
