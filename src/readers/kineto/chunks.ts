/** The bytes of a trace file, plain or gzip, in order and in bounded pieces. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { constants, createGunzip } from 'node:zlib'
import { SextantError } from '#base/errors.ts'
import type { ReadOptions, Source } from '#model/reader.ts'
import { salvageGzip } from './gzip-salvage.ts'
import type { TraceDocument } from './trace-document.ts'

/** Decoded pieces that may wait: two being decoded ahead keep the other thread busy, more is only memory. */
const QUEUE_LIMIT = 4
const GUNZIP_CHUNK_BYTES = 1024 * 1024

export interface ChunkOutcome {
  readonly bytes: number
  /** The gzip stream was damaged: what zlib said. */
  readonly gzipError?: string
}

/** Feeds the whole source to the document; stops early when the document wants no more. */
export async function readChunks(source: Source, isGzip: boolean, document: TraceDocument, options: ReadOptions): Promise<ChunkOutcome> {
  return isGzip ? readGzip(source, document, options) : readPlain(source, document, options)
}

function checkLimit(bytes: number, options: ReadOptions, name: string): void {
  const limit = options.limits.maxDecompressedBytes
  if (bytes <= limit) return
  throw new SextantError(
    'limit_exceeded',
    `${name} holds more than ${limit} bytes after decompression.`,
    'Cut the trace to the window of interest, or raise the limit on decompressed bytes.',
    { limitBytes: limit },
  )
}

function readPlain(source: Source, document: TraceDocument, options: ReadOptions): ChunkOutcome {
  const file = openSync(source.path, 'r')
  try {
    let bytes = 0
    for (;;) {
      const space = document.space()
      const length = readSync(file, space, 0, space.length, null)
      bytes += length
      checkLimit(bytes, options, source.name)
      document.advance(length, length === 0)
      options.onProgress?.(bytes, source.size)
      if (length === 0 || document.isStopped) return { bytes }
    }
  } finally {
    closeSync(file)
  }
}

/**
 * `Z_SYNC_FLUSH` at the end: a truncated stream then gives all that it holds instead of an error. Members that follow one another are one
 * stream. Pieces wait in a queue of our own, so that zlib inflates the next one on its thread while this one is decoded.
 */
async function readGzip(source: Source, document: TraceDocument, options: ReadOptions): Promise<ChunkOutcome> {
  const input = createReadStream(source.path, { highWaterMark: 256 * 1024 })
  const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES, finishFlush: constants.Z_SYNC_FLUSH })
  const queue: Buffer[] = []
  let ended = false
  let gzipError: string | undefined
  let inputError: Error | undefined
  let wake = () => {}
  const finish = () => {
    ended = true
    wake()
  }
  gunzip.on('data', (chunk: Buffer) => {
    queue.push(chunk)
    if (queue.length >= QUEUE_LIMIT) gunzip.pause()
    wake()
  })
  gunzip.on('end', finish)
  gunzip.on('error', (error) => {
    gzipError = error.message
    finish()
  })
  input.on('error', (error) => {
    inputError = error
    finish()
  })
  input.pipe(gunzip)
  let bytes = 0
  try {
    for (;;) {
      const chunk = queue.shift()
      if (chunk === undefined) {
        if (ended) break
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      if (queue.length < QUEUE_LIMIT / 2 && gunzip.isPaused()) gunzip.resume()
      bytes += chunk.length
      checkLimit(bytes, options, source.name)
      feed(document, chunk)
      options.onProgress?.(input.bytesRead, source.size)
      if (document.isStopped) break
      // Let zlib's finished piece come in and the next one start before this thread decodes on.
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  } finally {
    input.destroy()
    gunzip.destroy()
  }
  if (inputError !== undefined) throw inputError
  if (gzipError !== undefined && !document.isStopped) {
    await salvageGzip(source.path, gunzip.bytesWritten, bytes, (piece) => {
      bytes += piece.length
      checkLimit(bytes, options, source.name)
      feed(document, piece)
    })
  }
  document.space()
  document.advance(0, true)
  return gzipError === undefined ? { bytes } : { bytes, gzipError }
}

function feed(document: TraceDocument, chunk: Buffer): void {
  for (let from = 0; from < chunk.length; ) {
    const space = document.space()
    const length = Math.min(space.length, chunk.length - from)
    chunk.copy(space, 0, from, from + length)
    document.advance(length, false)
    from += length
  }
}
