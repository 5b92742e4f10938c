/** `--limit`, the same for every command that prints tables. */
import * as z from 'zod'

/** Rows of a table in text where nobody said otherwise: a screenful. JSON then holds all. */
export const DEFAULT_TEXT_ROWS = 20

/** Put it into the input of a command as `limit`; the renderer is then told how many rows to show. */
export const limitInput = z.number().int().min(0).optional().describe('Rows per table, 0 for all (default: all in JSON, 20 in text)')

export interface LimitedRows<T> {
  readonly rows: readonly T[]
  /** Rows left out because of the limit; put it into the output, so that nobody takes a part for the whole. */
  readonly omitted: number
}

/** What `run` returns of `rows`: all of them unless a limit was given. */
export function limited<T>(rows: readonly T[], limit: number | undefined): LimitedRows<T> {
  if (limit === undefined || limit === 0 || rows.length <= limit) return { rows, omitted: 0 }
  return { rows: rows.slice(0, limit), omitted: rows.length - limit }
}

/** Rows of a table that text shows for this input. */
export function textRows(input: Readonly<Record<string, unknown>>): number {
  const limit = input['limit']
  if (typeof limit !== 'number') return DEFAULT_TEXT_ROWS
  return limit === 0 ? Number.POSITIVE_INFINITY : limit
}
