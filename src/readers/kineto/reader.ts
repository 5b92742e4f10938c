/**
 * PyTorch profiler (kineto) traces: Chrome trace JSON, plain or gzip.
 * Format: https://github.com/pytorch/kineto (libkineto/src/output_json.cpp), trace events: the "Trace Event Format" document of Chrome.
 *
 * Not supported: begin/end event pairs (counted), flows (joins go through `args.correlation`: real files hold more ends than starts),
 * memory instants and counters (counted), native `.pftrace` exports.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { SextantError } from '#base/errors.ts'
import type { Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { isLiteral } from './byte-cursor.ts'
import { buildCapture, type Decoded, lossesOf } from './capture.ts'
import { readChunks } from './chunks.ts'
import { detectKineto } from './detect.ts'
import { EventParser } from './event-parser.ts'
import { MAX_NODES } from './member-paths.ts'
import { CHUNK_BYTES, TraceDocument, windowBytes } from './trace-document.ts'
import { TraceTables } from './trace-tables.ts'
import { EventMachine } from './wasm/event-machine.ts'

/** Pages of a small file: a window of megabytes would only be zeroed. */
const SMALLEST_CHUNK_BYTES = 64 * 1024
/** From here on the milliseconds that assembling the program takes are won back. */
const LARGE_BYTES = 1024 * 1024
const LARGE_GZIP_BYTES = 128 * 1024
/** The program counts nesting to a limit of its own, which must lie below the reader's. */
const LEAST_NESTING = 128

export const kinetoReader: Reader = {
  kind: 'kineto',
  title: 'PyTorch profiler (kineto) trace, .json or .json.gz',
  spec: 'https://github.com/pytorch/kineto/blob/main/libkineto/src/output_json.cpp',
  version: 1,
  detect: detectKineto,
  read: readKineto,
}

async function readKineto(source: Source, options: ReadOptions): Promise<ReadResult> {
  const isGzip = startsAsGzip(source.path)
  let decoded = await decode(source, isGzip, options, Number.NaN, false)
  if (decoded.document.events === 0 && !decoded.document.complete) {
    // A damaged preamble may have swallowed everything: look for events only.
    const again = await decode(source, isGzip, options, Number.NaN, true)
    // Where that finds none either, the first look says better why: the second takes the preamble itself for damage.
    if (again.document.events > 0) decoded = again
  }
  const { counts, firstOutOfRangeUs } = decoded.tables
  // The first timestamp was the odd one out: measure from one of the many.
  if (counts.rowsOutOfRange > counts.rowsPlaced)
    decoded = await decode(source, isGzip, options, firstOutOfRangeUs, decoded.document.startedAtEvents)
  refuseEmpty(decoded, source.name)
  return { capture: buildCapture(decoded, options.needs), losses: lossesOf(decoded) }
}

function startsAsGzip(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(2)
    return readSync(file, head, 0, 2, 0) === 2 && head[0] === 0x1f && head[1] === 0x8b
  } finally {
    closeSync(file)
  }
}

async function decode(source: Source, isGzip: boolean, options: ReadOptions, referenceUs: number, eventsOnly: boolean): Promise<Decoded> {
  const { maxNesting, maxTextBytes } = options.limits
  // One byte beyond a small file, so that its end is seen without growing the window.
  const chunkBytes = Math.min(CHUNK_BYTES, Math.max(SMALLEST_CHUNK_BYTES, source.size + 1))
  const isLarge = source.size > (isGzip ? LARGE_GZIP_BYTES : LARGE_BYTES)
  const machine = isLarge && maxNesting >= LEAST_NESTING ? EventMachine.open(MAX_NODES, windowBytes(chunkBytes), isLiteral) : undefined
  const parser = new EventParser(maxNesting, maxTextBytes, machine)
  const tables = new TraceTables(parser, options.needs, referenceUs)
  const document = new TraceDocument(parser, tables, eventsOnly, chunkBytes)
  const outcome = await readChunks(source, isGzip, document, options)
  return { parser, tables, document, outcome }
}

/** No event at all, and not because the trace says so. */
function refuseEmpty({ document, tables, outcome }: Decoded, name: string): void {
  const real = document.events - tables.counts.withoutPhase
  if (real > 0 || document.complete) return
  if (outcome.gzipError !== undefined && outcome.bytes === 0) {
    throw new SextantError(
      'corrupt_file',
      `${name} is not readable gzip: ${outcome.gzipError}.`,
      'Copy the trace again from where it was written.',
    )
  }
  if (document.damage.malformedEvents + document.damage.garbageRegions > 0) {
    throw new SextantError(
      'corrupt_file',
      `${name} holds no readable event.`,
      'Copy the trace again from where it was written, or capture it again.',
    )
  }
  throw new SextantError(
    'truncated_file',
    `${name} ends before its first event.`,
    'Wait until the profiler has written the whole trace, then copy it again.',
  )
}
