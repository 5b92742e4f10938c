/** The table names of a SQLite file, for detection: through the schema where it is whole, from the first bytes where it is damaged. */
import type { RandomAccess } from '#model/reader.ts'
import { HEADER_BYTES, parseHeader } from './sqlite/header.ts'
import { Pager } from './sqlite/pager.ts'
import { readSchema } from './sqlite/schema.ts'

/** A damaged or unreadable file of nsys should be claimed, so that its reader can say what is wrong with it. */
function namesInHead(head: Uint8Array): string[] {
  // UTF-16 databases have a zero beside every letter: without zeros both spellings are one.
  const text = Array.from(
    head.filter((byte) => byte > 0),
    (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ' '),
  ).join('')
  return Array.from(text.matchAll(/CREATE TABLE "?(\w+)/g), (match) => match[1] ?? '')
}

/** Undefined where the schema cannot be read and the first bytes hold no table: then nobody can say whose database it is. */
export function schemaNames(access: RandomAccess, head: Uint8Array): readonly string[] | undefined {
  try {
    const header = parseHeader(access.read(0, HEADER_BYTES), access.size, 'probe')
    const file = { size: access.size, read: access.read.bind(access), readInto: access.readInto.bind(access), close: () => {} }
    return [...readSchema(new Pager(file, header, 'probe'), false).keys()]
  } catch {
    const names = namesInHead(head)
    return names.length === 0 ? undefined : names
  }
}
