/** The columns of a CREATE TABLE statement as SQLite keeps it: https://www.sqlite.org/lang_createtable.html */
import { parseDefault } from '#readers/nsys/sqlite/column-default.ts'
import type { ColumnDefault } from '#readers/nsys/sqlite/row-writer.ts'
import { isKeyword, isMark, type SqlToken, sqlTokens } from '#readers/nsys/sqlite/sql-tokens.ts'

export interface TableColumn {
  readonly name: string
  /** Position in the stored record; undefined for the rowid's alias (stored as NULL). */
  readonly position: number | undefined
  readonly fallback: ColumnDefault
}

export interface CreateTable {
  readonly name: string
  /** Stored columns, as declared; virtual generated columns are not in the file and not listed. */
  readonly columns: readonly TableColumn[]
  readonly withoutRowid: boolean
}

interface Declaration {
  readonly name: string
  readonly type: string
  readonly isKey: boolean
  readonly isVirtual: boolean
  readonly fallback: ColumnDefault
}

const tableConstraints = ['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN']
const columnConstraints = ['CONSTRAINT', 'PRIMARY', 'NOT', 'NULL', 'UNIQUE', 'CHECK', 'DEFAULT', 'COLLATE', 'REFERENCES', 'GENERATED', 'AS']

function isAny(token: SqlToken | undefined, keywords: readonly string[]): boolean {
  return keywords.some((keyword) => isKeyword(token, keyword))
}

/** Index of the bracket that closes the one at `open`; -1 when none does. */
function closingBracket(tokens: readonly SqlToken[], open: number): number {
  let depth = 0
  for (let i = open; i < tokens.length; i++) {
    if (isMark(tokens[i], '(')) depth++
    else if (isMark(tokens[i], ')') && --depth === 0) return i
  }
  return -1
}

function splitAtCommas(tokens: readonly SqlToken[]): SqlToken[][] {
  const parts: SqlToken[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (isMark(token, '(')) depth++
    else if (isMark(token, ')')) depth--
    if (depth === 0 && isMark(token, ',')) parts.push([])
    else parts[parts.length - 1]?.push(token)
  }
  return parts
}

/** Index of `keyword` outside brackets; -1 when absent. */
function findKeyword(tokens: readonly SqlToken[], keyword: string, from: number): number {
  let depth = 0
  for (let i = from; i < tokens.length; i++) {
    if (isMark(tokens[i], '(')) depth++
    else if (isMark(tokens[i], ')')) depth--
    else if (depth === 0 && isKeyword(tokens[i], keyword)) return i
  }
  return -1
}

function parseColumn(tokens: readonly SqlToken[]): Declaration | undefined {
  const first = tokens[0]
  if (first === undefined || first.kind === 'mark' || first.kind === 'blob' || /^[0-9.]/.test(first.kind === 'word' ? first.text : '')) {
    return undefined
  }
  let end = 1
  while (end < tokens.length && !isAny(tokens[end], columnConstraints)) end++
  const type = tokens
    .slice(1, end)
    .map((token) => token.text)
    .join(' ')
  const key = findKeyword(tokens, 'PRIMARY', end)
  const isKey = key >= 0 && isKeyword(tokens[key + 1], 'KEY') && !isKeyword(tokens[key + 2], 'DESC')
  const defaultAt = findKeyword(tokens, 'DEFAULT', end)
  const generated = findKeyword(tokens, 'AS', end)
  return {
    name: first.text,
    type,
    isKey,
    isVirtual: generated >= 0 && findKeyword(tokens, 'STORED', generated) < 0,
    fallback: defaultAt < 0 ? { value: undefined } : parseDefault(tokens.slice(defaultAt + 1), type),
  }
}

/** The column of `PRIMARY KEY (column)` among the table constraints. */
function soleKeyColumn(constraint: readonly SqlToken[]): string | undefined {
  const at = findKeyword(constraint, 'PRIMARY', 0)
  if (at < 0 || !isKeyword(constraint[at + 1], 'KEY') || !isMark(constraint[at + 2], '(')) return undefined
  const close = closingBracket(constraint, at + 2)
  const parts = splitAtCommas(constraint.slice(at + 3, close))
  return parts.length === 1 ? parts[0]?.[0]?.text : undefined
}

function sameName(left: string, right: string | undefined): boolean {
  return right !== undefined && left.toLowerCase() === right.toLowerCase()
}

function placed(declarations: readonly Declaration[], keyColumn: string | undefined, withoutRowid: boolean): TableColumn[] {
  const columns: TableColumn[] = []
  let position = 0
  for (const { name, type, isKey, isVirtual, fallback } of declarations) {
    if (isVirtual) continue
    const isRowid = !withoutRowid && type.toUpperCase() === 'INTEGER' && (isKey || sameName(name, keyColumn))
    columns.push({ name, position: isRowid ? undefined : position, fallback })
    position++
  }
  return columns
}

export function isCreateTable(sql: string): boolean {
  return /^\s*CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TABLE\b/i.test(sql)
}

/** Undefined where the statement is not understood. */
export function parseCreateTable(sql: string): CreateTable | undefined {
  const tokens = sqlTokens(sql)
  const open = tokens?.findIndex((token) => isMark(token, '(')) ?? -1
  if (tokens === undefined || open < 3) return undefined
  const close = closingBracket(tokens, open)
  if (close < 0) return undefined
  const parts = splitAtCommas(tokens.slice(open + 1, close))
  const declarations: Declaration[] = []
  let keyColumn: string | undefined
  for (const part of parts) {
    if (isAny(part[0], tableConstraints)) {
      keyColumn ??= soleKeyColumn(part)
      continue
    }
    const declaration = parseColumn(part)
    if (declaration === undefined) return undefined
    declarations.push(declaration)
  }
  if (declarations.length === 0) return undefined
  const without = findKeyword(tokens, 'WITHOUT', close + 1)
  const withoutRowid = without >= 0 && isKeyword(tokens[without + 1], 'ROWID')
  return { name: tokens[open - 1]?.text ?? '', columns: placed(declarations, keyColumn, withoutRowid), withoutRowid }
}
