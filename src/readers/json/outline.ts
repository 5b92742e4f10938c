/** The keys at the head of a JSON text, however it ends: what detection may know without reading the file through. */
import type { Probe, Source } from '#model/reader.ts'
import { openProbe } from '#platform/access.ts'

export interface Outline {
  readonly kind: 'object' | 'array' | 'none'
  /** Keys of the first object (of a bare array: of its first element), with the keys of the objects directly in them. */
  readonly keys: ReadonlyMap<string, readonly string[]>
  /** Whether another document follows on a later line: JSON lines, or files appended to one another. */
  readonly several: boolean
  readonly text: string
  /** Of what is no JSON and longer than its head: the last bytes. A log's result stands at its end. */
  readonly end: string
}

const nothing: Outline = { kind: 'none', keys: new Map(), several: false, text: '', end: '' }
const END_BYTES = 64 * 1024
/** Four readers of one probe need it scanned once. */
const remembered = new WeakMap<Uint8Array, Outline>()

export function outlineOf(probe: Probe): Outline {
  if (probe.isDirectory) return nothing
  const known = remembered.get(probe.text)
  if (known !== undefined) return known
  const text = new TextDecoder().decode(probe.text).trimStart()
  const outline = text.startsWith('{') || text.startsWith('[') ? outlineText(text) : { ...nothing, text, end: endOf(probe) }
  remembered.set(probe.text, outline)
  return outline
}

function endOf({ access, head, isGzip, size }: Probe): string {
  // A byte 0 in the head: no text, and no log.
  if (access === undefined || isGzip || size <= head.length || head.includes(0)) return ''
  return new TextDecoder().decode(access.read(Math.max(head.length, size - END_BYTES), END_BYTES))
}

/** A string, or one character of structure: everything else between is skipped. A string cut by the end does not match. */
const TOKEN = /"((?:[^"\\]|\\[\s\S])*)"(\s*:)?|[[\]{}]/g

function outlineText(text: string): Outline {
  const kind = text.startsWith('{') ? 'object' : 'array'
  // An array of objects is outlined by its first element: one level further in.
  const base = kind === 'object' ? 1 : 2
  const keys = new Map<string, string[]>()
  let depth = 0
  let current: string[] | undefined
  let elements = 0
  let several = false
  // Arrays count as levels too: an object in a list is not directly in its key.
  for (const match of text.matchAll(TOKEN)) {
    const [token, name, colon] = match
    if (token === '{' || token === '[') {
      depth++
      if (depth === base && base === 2) elements++
      if (depth === 1 && keys.size > 0) {
        several = true
        break
      }
    } else if (token === '}' || token === ']') depth--
    else if (colon !== undefined && name !== undefined && elements <= 1) {
      if (depth === base) {
        current = []
        keys.set(name, current)
      } else if (depth === base + 1) current?.push(name)
    }
  }
  return { kind, keys, several, text, end: '' }
}

export function outlineOfSource(source: Source): Outline {
  const probe = openProbe(source.path, source.name)
  try {
    return outlineOf(probe)
  } finally {
    probe.close()
  }
}

export function hasKeys(outline: Outline, ...names: readonly string[]): boolean {
  return names.every((name) => outline.keys.has(name))
}

/** Whether the object under `key` has the key `inner` (within the head). */
export function hasInner(outline: Outline, key: string, inner: string): boolean {
  return outline.keys.get(key)?.includes(inner) === true
}
