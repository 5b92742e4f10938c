/** JSON as the field writes it in cells: keys sorted at every level, two spaces, a newline at the end. */
import { jsonText } from '#base/json-text.ts'

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]))
}

export function cellJson(value: unknown): string {
  return jsonText(sorted(value))
}
