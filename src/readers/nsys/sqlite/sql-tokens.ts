/** Tokens of the SQL that sqlite_schema holds: https://www.sqlite.org/lang_keywords.html, tokenize.c */

export interface SqlToken {
  /** `word`: unquoted identifier, keyword or number; `name`: quoted with "", [] or ``; `text`: quoted with ''; `blob`: x'..'. */
  readonly kind: 'word' | 'name' | 'text' | 'blob' | 'mark'
  /** Without quotes. */
  readonly text: string
}

const SPACE = /[ \t\n\f\r]/y
const COMMENT = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y
const BLOB = /[xX]'([0-9a-fA-F]*)'/y
const NUMBER = /(?:0[xX][0-9a-fA-F]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)/y
/** SQLite counts every byte above 0x7f as a letter. */
const WORD = /[A-Za-z_$\u0080-\u{10ffff}][A-Za-z0-9_$\u0080-\u{10ffff}]*/uy
const QUOTED = /"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|'((?:[^']|'')*)'|\[([^\]]*)\]/y

function matchAt(pattern: RegExp, sql: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(sql)
}

function quoted(match: RegExpExecArray): SqlToken {
  const [, double, back, single, bracket] = match
  if (double !== undefined) return { kind: 'name', text: double.replaceAll('""', '"') }
  if (back !== undefined) return { kind: 'name', text: back.replaceAll('``', '`') }
  if (single !== undefined) return { kind: 'text', text: single.replaceAll("''", "'") }
  return { kind: 'name', text: bracket ?? '' }
}

/** Undefined where a character begins no token (an open quote, a control character). */
export function sqlTokens(sql: string): SqlToken[] | undefined {
  const tokens: SqlToken[] = []
  let at = 0
  while (at < sql.length) {
    const skipped = matchAt(SPACE, sql, at) ?? matchAt(COMMENT, sql, at)
    if (skipped !== null) {
      at += skipped[0].length
      continue
    }
    const blob = matchAt(BLOB, sql, at)
    const word = blob ?? matchAt(NUMBER, sql, at) ?? matchAt(WORD, sql, at)
    const quote = word === null ? matchAt(QUOTED, sql, at) : null
    if (blob !== null) tokens.push({ kind: 'blob', text: blob[1] ?? '' })
    else if (word !== null) tokens.push({ kind: 'word', text: word[0] })
    else if (quote !== null) tokens.push(quoted(quote))
    else if (/[-+*/%=<>!,;&|~().?:@#]/.test(sql[at] ?? '')) tokens.push({ kind: 'mark', text: sql[at] ?? '' })
    else return undefined
    at += (word ?? quote)?.[0].length ?? 1
  }
  return tokens
}

export function isKeyword(token: SqlToken | undefined, keyword: string): boolean {
  return token?.kind === 'word' && token.text.length === keyword.length && token.text.toUpperCase() === keyword
}

export function isMark(token: SqlToken | undefined, mark: string): boolean {
  return token?.kind === 'mark' && token.text === mark
}
