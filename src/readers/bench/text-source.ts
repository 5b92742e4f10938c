/** Small text sources whole: logs and CSV, plain or gzip, UTF-8 or UTF-16. */
import { SextantError } from '#base/errors.ts'
import type { ReadOptions, Source } from '#model/reader.ts'
import { eachChunk } from '#readers/json/json-documents.ts'

/** A console log or a summary has pages, not hundreds of megabytes. */
const MAX_BYTES = 128 * 1024 * 1024

export function readText(source: Source, options: ReadOptions): string {
  const parts: Buffer[] = []
  eachChunk(source, Math.min(MAX_BYTES, options.limits.maxDecompressedBytes), (chunk) => parts.push(Buffer.from(chunk)))
  const bytes = Buffer.concat(parts)
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes)
}

export function corruptText(source: Source, what: string): SextantError {
  return new SextantError('missing_data', `${source.name} ${what}.`, 'Run the benchmark to its end, and keep its whole output.')
}
