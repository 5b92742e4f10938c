/** A small file in one piece, gunzipped where it is gzip; bounded, because its size is a stranger's word. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { SextantError } from '#base/errors.ts'
import type { Source } from '#model/reader.ts'
import { fileError } from './access.ts'

/** @param tooLarge the error for more than `limit` bytes, before or after decompression: what to read instead differs by format. */
export function readWhole(source: Source, limit: number, tooLarge: (cause?: unknown) => SextantError): Uint8Array {
  if (source.size > limit) throw tooLarge()
  let bytes: Uint8Array
  try {
    bytes = readFileSync(source.path)
  } catch (error) {
    throw fileError(source.path, error)
  }
  if (!source.isGzip) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: limit })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(error)
    throw new SextantError('corrupt_file', `${source.name} is not a whole gzip file.`, 'Copy it again.', {}, error)
  }
}
