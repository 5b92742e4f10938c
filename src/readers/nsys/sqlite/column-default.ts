/** A column's constant DEFAULT, which rows written before ALTER TABLE ADD COLUMN take: https://www.sqlite.org/lang_altertable.html */
import type { ColumnDefault } from '#readers/nsys/sqlite/row-writer.ts'
import { isKeyword, isMark, type SqlToken } from '#readers/nsys/sqlite/sql-tokens.ts'

const noDefault: ColumnDefault = { value: undefined }

/** https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
function affinityOf(type: string): 'integer' | 'text' | 'blob' | 'real' | 'numeric' {
  const upper = type.toUpperCase()
  if (upper.includes('INT')) return 'integer'
  if (/CHAR|CLOB|TEXT/.test(upper)) return 'text'
  if (upper === '' || upper.includes('BLOB')) return 'blob'
  return /REAL|FLOA|DOUB/.test(upper) ? 'real' : 'numeric'
}

function numberOf(text: string, negative: boolean): number | bigint | undefined {
  const plain = text.replaceAll('_', '')
  if (/^0[xX]/.test(plain)) {
    const value = BigInt.asIntN(64, BigInt(plain))
    return negative ? -value : value
  }
  if (/^[0-9]+$/.test(plain)) {
    const value = BigInt(plain) * (negative ? -1n : 1n)
    return BigInt.asIntN(64, value) === value ? value : Number(value)
  }
  if (!/^[0-9.]/.test(plain)) return undefined
  const value = Number(plain)
  return Number.isNaN(value) ? undefined : negative ? -value : value
}

/** As SQLite prints a float: 15 digits, always a point. Beyond those its rounding is its own and is not imitated. */
function printedReal(value: number): ColumnDefault {
  const shown = String(value)
  if (/[eI]/.test(shown) || shown.replace(/[-.]/g, '').length > 15) return 'unknown'
  return { value: shown.includes('.') ? shown : `${shown}.0` }
}

/** SQLite gives the constant the column's affinity before it stands in for the missing value. */
function withAffinity(value: number | bigint | string, type: string): ColumnDefault {
  const affinity = affinityOf(type)
  if (affinity === 'text' && typeof value === 'number') return printedReal(value)
  if (affinity === 'text') return { value: String(value) }
  if (affinity === 'real' && typeof value === 'bigint') return { value: Number(value) }
  if (affinity === 'blob' || typeof value !== 'string') return { value }
  const [, sign, digits] = /^\s*([+-]?)([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)\s*$/.exec(value) ?? []
  return { value: digits === undefined ? value : numberOf(digits, sign === '-') }
}

/** `tokens` begin after DEFAULT; whatever follows the constant is left alone. */
export function parseDefault(tokens: readonly SqlToken[], type: string): ColumnDefault {
  let at = 0
  let depth = 0
  while (isMark(tokens[at], '(')) {
    depth++
    at++
  }
  let negative = false
  while (isMark(tokens[at], '-') || isMark(tokens[at], '+')) {
    if (isMark(tokens[at], '-')) negative = !negative
    at++
  }
  const token = tokens[at]
  // More than the constant within parentheses is an expression.
  for (let i = 1; i <= depth; i++) if (!isMark(tokens[at + i], ')')) return 'unknown'
  if (token === undefined || token.kind === 'blob' || token.kind === 'mark') return 'unknown'
  if (isKeyword(token, 'NULL')) return noDefault
  if (token.kind === 'word') {
    const number = numberOf(token.text, negative)
    if (number !== undefined) return withAffinity(number, type)
    if (isKeyword(token, 'TRUE') || isKeyword(token, 'FALSE')) return withAffinity(isKeyword(token, 'TRUE') ? 1n : 0n, type)
    if (/^CURRENT_(TIME|DATE|TIMESTAMP)$/i.test(token.text) || depth > 0) return 'unknown'
  }
  return negative ? 'unknown' : withAffinity(token.text, type)
}
