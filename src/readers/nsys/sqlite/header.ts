/** The first 100 bytes of a SQLite file: https://www.sqlite.org/fileformat2.html#the_database_header */
import { SextantError } from '#base/errors.ts'

export const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3\0'

export const reexportHint =
  'Export the report again: nsys export --type sqlite --force-overwrite true -o OUT.sqlite REPORT.nsys-rep (or copy the file again).'

export interface SqliteHeader {
  readonly pageSize: number
  /** Bytes of each page that b-trees may use: page size less the reserved bytes at its end. */
  readonly usable: number
  /** Whole pages in the file. */
  readonly pageCount: number
}

export function startsLikeSqlite(head: Uint8Array): boolean {
  for (let i = 0; i < MAGIC.length; i++) if (head[i] !== MAGIC.charCodeAt(i)) return false
  return true
}

/** Refuses, by name and with the fix, every file whose rows the scanner could not read truthfully. `name` is for messages. */
export function parseHeader(head: Uint8Array, fileSize: number, name: string): SqliteHeader {
  if (fileSize === 0) throw new SextantError('empty_file', `${name} is empty`, reexportHint, { file: name })
  if (!startsLikeSqlite(head)) {
    const hint = 'Check that this is the exported .sqlite file; an encrypted database must be decrypted first.'
    throw new SextantError('unknown_format', `${name} is not a SQLite file (or it is encrypted)`, hint, { file: name })
  }
  if (fileSize < HEADER_BYTES || head.length < HEADER_BYTES) {
    throw new SextantError('truncated_file', `${name} ends within its 100-byte header`, reexportHint, { file: name, bytes: fileSize })
  }
  const view = new DataView(head.buffer, head.byteOffset, HEADER_BYTES)
  refuseVersion(view, name)
  const pageSize = pageSizeOf(view, name)
  const usable = pageSize - view.getUint8(20)
  // The format demands 480: below it, cells of index pages would not fit.
  if (usable < 480) throw corruptHeader(name, `reserves ${view.getUint8(20)} bytes of every ${pageSize}-byte page`)
  const pageCount = Math.floor(fileSize / pageSize)
  refuseMissingPages(view, fileSize, pageSize, name)
  refuseEncoding(view, name)
  return { pageSize, usable, pageCount }
}

function corruptHeader(name: string, what: string): SextantError {
  return new SextantError('corrupt_file', `${name} has a damaged SQLite header: it ${what}`, reexportHint, { file: name, page: 1 })
}

function pageSizeOf(view: DataView, name: string): number {
  const stored = view.getUint16(16)
  const pageSize = stored === 1 ? 65536 : stored
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) throw corruptHeader(name, `claims pages of ${stored} bytes`)
  // Fixed by the format: 64, 32, 32.
  if (view.getUint8(21) !== 64 || view.getUint8(22) !== 32 || view.getUint8(23) !== 32) {
    throw corruptHeader(name, 'has payload fractions other than 64, 32, 32')
  }
  return pageSize
}

/** 1 is a rollback journal, 2 a write-ahead log; anything above is a format that does not exist yet. */
function refuseVersion(view: DataView, name: string): void {
  const readVersion = view.getUint8(19)
  const schemaFormat = view.getUint32(44)
  if (readVersion > 2 || schemaFormat > 4) {
    const message = `${name} needs a newer SQLite (read version ${readVersion}, schema format ${schemaFormat})`
    const hint = 'Export again with a released nsys, or copy the data with `sqlite3 NEW.sqlite ".restore OLD.sqlite"`.'
    throw new SextantError('newer_format', message, hint, { file: name, readVersion, schemaFormat })
  }
}

function refuseEncoding(view: DataView, name: string): void {
  const encoding = view.getUint32(56)
  if (encoding === 2 || encoding === 3) {
    const hint = 'Convert it: sqlite3 OLD.sqlite .dump | sqlite3 NEW.sqlite (nsys itself writes UTF-8).'
    throw new SextantError('unsupported_format', `${name} stores its text as UTF-16`, hint, { file: name, encoding })
  }
  // 0 appears only before the first table is created; C SQLite takes it as UTF-8.
  if (encoding > 3) throw corruptHeader(name, `names text encoding ${encoding}`)
}

/** The page count in the header counts only where the last writer kept it (change counter = version-valid-for). */
function refuseMissingPages(view: DataView, fileSize: number, pageSize: number, name: string): void {
  const claimed = view.getUint32(28)
  const kept = claimed > 0 && view.getUint32(24) === view.getUint32(92)
  const whole = Math.floor(fileSize / pageSize)
  if (kept && claimed > whole) {
    const missing = claimed - whole
    const message = `${name} is cut off: ${missing} of ${claimed} pages are missing`
    throw new SextantError('truncated_file', message, reexportHint, { file: name, pages: claimed, missing })
  }
  if (whole === 0) throw new SextantError('truncated_file', `${name} is shorter than one page`, reexportHint, { file: name, missing: 1 })
}
