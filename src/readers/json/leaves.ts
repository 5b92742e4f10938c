/** A JSON document as a list of its scalar values, each with the path of keys that leads to it. */

export interface Leaf {
  readonly path: readonly string[]
  readonly value: string | number | boolean
}

export interface FlatDocument {
  readonly leaves: readonly Leaf[]
  /** Paths of arrays (dotted) with their lengths: lists per request are read by whoever knows them, or counted. */
  readonly lists: ReadonlyMap<string, number>
  /** Paths whose value is null: absent, never zero. */
  readonly nulls: readonly string[]
}

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectAt(value: unknown, ...keys: readonly string[]): JsonObject | undefined {
  let current: unknown = value
  for (const key of keys) current = isObject(current) ? current[key] : undefined
  return isObject(current) ? current : undefined
}

/** Arrays are not entered. Empty texts are no values. */
export function flatten(document: JsonObject): FlatDocument {
  const leaves: Leaf[] = []
  const lists = new Map<string, number>()
  const nulls: string[] = []
  // A stack, not recursion: the scanner bounds the depth, this does not rely on it.
  const waiting: { readonly value: JsonObject; readonly path: readonly string[] }[] = [{ value: document, path: [] }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const [key, value] of Object.entries(next.value)) {
      const path = [...next.path, key]
      if (value === null) nulls.push(path.join('.'))
      else if (Array.isArray(value)) lists.set(path.join('.'), value.length)
      else if (typeof value === 'object') waiting.push({ value: value as JsonObject, path })
      else if (typeof value === 'number' || typeof value === 'boolean') leaves.push({ path, value })
      else if (typeof value === 'string' && value !== '') leaves.push({ path, value })
    }
  }
  return { leaves, lists, nulls }
}
