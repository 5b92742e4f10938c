/** Walks the pages of one column chunk, holding one page in memory at a time. */
import { gunzipSync } from 'node:zlib'
import { type ColumnMetaData, type PageHeader, snappyUncompress } from 'hyparquet'
// biome-ignore lint/style/noRestrictedImports: the allowed package's own page header parser, which its index does not export.
import { parquetHeader } from 'hyparquet/src/column.js'
import { SextantError } from '#base/errors.ts'
import type { RandomAccess } from '#model/reader.ts'
import { decodeHybrid } from './hybrid.ts'
import { type ColumnShape, decodePlain, spread, type Values } from './plain-values.ts'

/** Page headers are some tens of bytes; statistics of long texts can make them larger, so a second try takes this much. */
const HEADER_BYTES = 1024
const LONG_HEADER_BYTES = 1024 * 1024

/** parquet-cpp's page is 1 MiB; one text larger than that makes a larger page. */
const MAX_PAGE_BYTES = 512 * 1024 * 1024

/** gzip cannot expand further than 1032 to 1 (RFC 1951 runs of 258 bytes in two bits); snappy stays below 22. */
const MAX_RATIO = 1040

export interface Page {
  readonly rows: number
  readonly values: Values
  readonly isNull: Uint8Array
}

export class ColumnCursor {
  readonly #access: RandomAccess
  readonly #column: ColumnMetaData
  readonly #shape: ColumnShape
  readonly #isOptional: boolean
  #at: number
  readonly #end: number
  #rowsLeft: number
  #dictionary: Values | undefined
  #dictionarySize = 0

  constructor(access: RandomAccess, column: ColumnMetaData, shape: ColumnShape, isOptional: boolean, rows: number) {
    this.#access = access
    this.#column = column
    this.#shape = shape
    this.#isOptional = isOptional
    const data = Number(column.data_page_offset)
    const dictionary = Number(column.dictionary_page_offset ?? 0n)
    this.#at = dictionary > 0 && dictionary < data ? dictionary : data
    this.#end = this.#at + Number(column.total_compressed_size)
    if (!(this.#at >= 4) || !(this.#end <= access.size) || this.#end < this.#at) throw new RangeError('column chunk outside the file')
    this.#rowsLeft = rows
  }

  /** The next data page; throws where the chunk ends before its rows do. */
  next(): Page {
    for (;;) {
      if (this.#at >= this.#end) throw new RangeError(`${this.#rowsLeft} rows missing`)
      const { header, bytes } = this.#readPage()
      if (header.type === 'DICTIONARY_PAGE') this.#takeDictionary(header, bytes)
      else if (header.type === 'DATA_PAGE' || header.type === 'DATA_PAGE_V2') return this.#dataPage(header, bytes)
    }
  }

  #readPage(): { header: PageHeader; bytes: Uint8Array } {
    const limit = this.#end - this.#at
    const parse = (length: number): { header: PageHeader; size: number } => {
      const window = this.#access.read(this.#at, Math.min(length, limit))
      const reader = { view: new DataView(window.buffer, window.byteOffset, window.byteLength), offset: 0 }
      return { header: parquetHeader(reader), size: reader.offset }
    }
    let parsed: { header: PageHeader; size: number }
    try {
      parsed = parse(HEADER_BYTES)
    } catch {
      parsed = parse(LONG_HEADER_BYTES)
    }
    const { header, size } = parsed
    const length = header.compressed_page_size
    const full = header.uncompressed_page_size
    if (!(length >= 0) || length > limit - size || !(full >= 0) || full > MAX_PAGE_BYTES || full > length * MAX_RATIO + 1024) {
      throw new RangeError(`page of ${length} bytes (${full} uncompressed) in ${limit - size}`)
    }
    const bytes = this.#access.read(this.#at + size, length)
    if (bytes.length < length) throw new RangeError('page cut short')
    this.#at += size + length
    return { header, bytes }
  }

  #uncompressed(bytes: Uint8Array, length: number): Uint8Array {
    const { codec } = this.#column
    if (codec === 'UNCOMPRESSED') return bytes
    if (codec === 'SNAPPY') {
      const out = new Uint8Array(length)
      snappyUncompress(bytes, out)
      return out
    }
    if (codec === 'GZIP') return gunzipSync(bytes, { maxOutputLength: Math.max(1, length) })
    throw new SextantError(
      'unsupported_format',
      `Parquet compression ${codec} is not read.`,
      'Export again with `nsys export --type parquetdir` (nsys writes uncompressed pages).',
      { codec },
    )
  }

  #takeDictionary(header: PageHeader, bytes: Uint8Array): void {
    const count = header.dictionary_page_header?.num_values ?? -1
    this.#dictionary = decodePlain(this.#uncompressed(bytes, header.uncompressed_page_size), this.#shape, count)
    this.#dictionarySize = count
  }

  #dataPage(header: PageHeader, bytes: Uint8Array): Page {
    const { rows, encoding, levels, body } = header.type === 'DATA_PAGE' ? this.#split(header, bytes) : this.#splitV2(header, bytes)
    const isNull = new Uint8Array(rows)
    let nulls = 0
    if (levels !== undefined) {
      for (let row = 0; row < rows; row++) {
        if (levels[row] === 0) {
          isNull[row] = 1
          nulls++
        }
      }
    }
    const values = this.#values(body, encoding, rows, rows - nulls, nulls > 0 ? isNull : undefined)
    this.#rowsLeft -= rows
    return { rows, values, isNull }
  }

  #values(body: Uint8Array, encoding: string, rows: number, count: number, isNull: Uint8Array | undefined): Values {
    const { request } = this.#shape
    if (encoding === 'PLAIN') return spread(decodePlain(body, this.#shape, count), request, rows, undefined, isNull, count)
    if (encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY') {
      const width = count === 0 ? 0 : (body[0] ?? 255)
      if (this.#dictionary === undefined || width > 32) throw new RangeError(`dictionary page missing or index width ${width}`)
      const indices = width === 0 ? new Int32Array(count) : decodeHybrid(body.subarray(1), width, count)
      return spread(this.#dictionary, request, rows, indices, isNull, this.#dictionarySize)
    }
    throw new SextantError(
      'unsupported_format',
      `Parquet encoding ${encoding} is not read.`,
      'Export again with `nsys export --type parquetdir`.',
      { encoding },
    )
  }

  #rowsOf(count: number | undefined): number {
    if (count === undefined || !(count > 0) || count > this.#rowsLeft) throw new RangeError(`page of ${count} rows, ${this.#rowsLeft} left`)
    return count
  }

  #split(header: PageHeader, raw: Uint8Array): SplitPage {
    const rows = this.#rowsOf(header.data_page_header?.num_values)
    const encoding = String(header.data_page_header?.encoding)
    const bytes = this.#uncompressed(raw, header.uncompressed_page_size)
    if (!this.#isOptional) return { rows, encoding, levels: undefined, body: bytes }
    if (bytes.length < 4) throw new RangeError('levels cut short')
    const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
    if (length > bytes.length - 4) throw new RangeError('levels cut short')
    return { rows, encoding, levels: decodeHybrid(bytes.subarray(4, 4 + length), 1, rows), body: bytes.subarray(4 + length) }
  }

  #splitV2(header: PageHeader, raw: Uint8Array): SplitPage {
    const page = header.data_page_header_v2
    const rows = this.#rowsOf(page?.num_values)
    const repetition = page?.repetition_levels_byte_length ?? 0
    const definition = page?.definition_levels_byte_length ?? 0
    if (repetition < 0 || definition < 0 || repetition + definition > raw.length) throw new RangeError('levels cut short')
    const levels = this.#isOptional ? decodeHybrid(raw.subarray(repetition, repetition + definition), 1, rows) : undefined
    const rest = raw.subarray(repetition + definition)
    const isPlain = page?.is_compressed === false
    const body = isPlain ? rest : this.#uncompressed(rest, Math.max(0, header.uncompressed_page_size - repetition - definition))
    return { rows, encoding: String(page?.encoding), levels, body }
  }
}

interface SplitPage {
  readonly rows: number
  readonly encoding: string
  readonly levels: Int32Array | undefined
  readonly body: Uint8Array
}
