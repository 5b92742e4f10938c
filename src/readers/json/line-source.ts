/** Lines of a large file in order, as byte ranges of a reused buffer: no string per line. */
import { SextantError } from '#base/errors.ts'
import type { ReadOptions, Source } from '#model/reader.ts'
import { eachChunk } from './json-documents.ts'

/** A line of one request with a token list of a million gaps is 20 MB. */
const LONGEST_LINE = 64 * 1024 * 1024
const NEWLINE = 10

/** `each` gets whole lines without their line feed, empty ones left out; it must not keep the buffer. */
export function eachLine(source: Source, options: ReadOptions, each: (bytes: Buffer, from: number, to: number) => void): void {
  let carried = Buffer.allocUnsafe(64 * 1024)
  let length = 0
  eachChunk(source, options.limits.maxDecompressedBytes, (chunk, bytesRead) => {
    options.onProgress?.(Math.min(bytesRead, source.size), source.size)
    let from = 0
    if (length > 0) {
      const end = chunk.indexOf(NEWLINE)
      const part = end < 0 ? chunk.length : end
      carried = appended(carried, length, chunk, part, source.name)
      length += part
      if (end < 0) return
      each(carried, 0, length)
      length = 0
      from = end + 1
    }
    for (let end = chunk.indexOf(NEWLINE, from); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      if (end > from) each(chunk, from, end)
      from = end + 1
    }
    if (from < chunk.length) {
      const rest = chunk.subarray(from)
      carried = appended(carried, 0, rest, rest.length, source.name)
      length = rest.length
    }
  })
  if (length > 0) each(carried, 0, length)
}

function appended(buffer: Buffer<ArrayBuffer>, length: number, chunk: Buffer, part: number, name: string): Buffer<ArrayBuffer> {
  let target = buffer
  if (length + part > target.length) {
    if (length + part > LONGEST_LINE) {
      throw new SextantError('limit_exceeded', `a line of ${name} is longer than ${LONGEST_LINE} bytes.`, 'Check that it is JSON lines.', {
        limit: LONGEST_LINE,
      })
    }
    target = Buffer.allocUnsafe(Math.max(target.length * 2, length + part))
    target.set(buffer.subarray(0, length))
  }
  target.set(chunk.subarray(0, part), length)
  return target
}
