/**
 * Whole JSON documents from a file, one or several in a row (`--append-result` writes them so), as Python writes them: NaN and Infinity
 * become null and are counted. Values of keys that nobody reads (request bodies, generated texts) are never kept.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { SextantError } from '#base/errors.ts'
import type { Loss } from '#model/capture.ts'
import type { ReadOptions, Source } from '#model/reader.ts'
import { fileError } from '#platform/access.ts'
import { LossCounter } from '#readers/nsys/losses.ts'
import { DocumentScanner } from './document-scanner.ts'

export interface JsonDocuments {
  readonly documents: readonly unknown[]
  readonly losses: readonly Loss[]
}

const CHUNK_BYTES = 1024 * 1024
/** What is left of a result after pruning is figures: more than this is another kind of file. */
const MAX_KEPT_BYTES = 256 * 1024 * 1024

export function readJsonDocuments(source: Source, options: ReadOptions, prunedKeys: readonly string[] = []): JsonDocuments {
  const limit = Math.min(options.limits.maxDecompressedBytes, 64 * 1024 ** 3)
  const scanner = new DocumentScanner(prunedKeys, options.limits.maxNesting, MAX_KEPT_BYTES, source.name)
  eachChunk(source, limit, (chunk, bytes) => {
    scanner.feed(chunk)
    options.onProgress?.(Math.min(bytes, source.size), source.size)
  })
  const texts = scanner.finish()
  const losses = new LossCounter()
  losses.add('not-finite', scanner.notFinite, 'NaN or Infinity in the file: no value')
  losses.add('truncated-document', scanner.unfinished ? 1 : 0, 'the last JSON document ends in the middle')
  const documents: unknown[] = []
  for (const text of texts) {
    try {
      documents.push(JSON.parse(text))
    } catch {
      losses.add('malformed-document', 1, 'JSON documents that are not JSON')
    }
  }
  if (documents.length === 0) {
    throw new SextantError(
      scanner.unfinished ? 'truncated_file' : 'corrupt_file',
      `${source.name} ${scanner.unfinished ? 'ends in the middle of its only JSON document' : 'holds no JSON document that can be parsed'}.`,
      'Copy it again, or let the benchmark write it again.',
    )
  }
  return { documents, losses: losses.list() }
}

/** The bytes of a plain or gzip file in pieces; `each` must not keep them. */
export function eachChunk(source: Source, limit: number, each: (chunk: Buffer, bytesRead: number) => void): void {
  if (source.isGzip) {
    const inflated = gunzipped(source, limit)
    for (let at = 0; at < inflated.length; at += CHUNK_BYTES) each(inflated.subarray(at, at + CHUNK_BYTES), at)
    return
  }
  const tooLarge = (): SextantError =>
    new SextantError('limit_exceeded', `${source.name} holds more than ${limit} bytes.`, 'Cut it, or raise the limit.', { limit })
  let file: number
  try {
    file = openSync(source.path, 'r')
  } catch (error) {
    throw fileError(source.path, error)
  }
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    for (let bytes = 0; ; ) {
      const length = readSync(file, chunk, 0, chunk.length, null)
      if (length === 0) return
      bytes += length
      if (bytes > limit) throw tooLarge()
      each(chunk.subarray(0, length), bytes)
    }
  } finally {
    closeSync(file)
  }
}

/** Results are small when gzipped; 1 GiB inflated is beyond any of them. */
const MAX_INFLATED_BYTES = 1024 ** 3

function gunzipped(source: Source, limit: number): Buffer {
  const most = Math.min(limit, MAX_INFLATED_BYTES)
  const parts: Buffer[] = []
  eachChunk({ ...source, isGzip: false }, MAX_INFLATED_BYTES, (chunk) => parts.push(Buffer.from(chunk)))
  try {
    return gunzipSync(Buffer.concat(parts), { maxOutputLength: most })
  } catch (error) {
    if (error instanceof RangeError) {
      throw new SextantError(
        'limit_exceeded',
        `${source.name} holds more than ${most} bytes after decompression.`,
        'Decompress it and cut it.',
        { limit: most },
        error,
      )
    }
    throw new SextantError('corrupt_file', `${source.name} is not a whole gzip file.`, 'Copy it again.', {}, error)
  }
}
