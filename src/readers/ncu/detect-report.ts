/** Is it a report of Nsight Compute, or a fragment of one that starts at a block? */
import type { Detection, Probe } from '#model/reader.ts'
import { type BlockHeader, parseBlockHeader } from './block-header.ts'
import { hasMagic } from './report.ts'
import { UnknownFields, WireCursor, WireError } from './wire.ts'
import { startsAsZstd, zstdHead } from './zstd.ts'

/** A zstd block decompresses to at most 128 KiB and may be stored as it is: this always holds one. */
const COMPRESSED_HEAD_BYTES = 192 * 1024

function sizeAt(bytes: Uint8Array, at: number): number {
  return at + 4 > bytes.length ? 0 : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true)
}

function headerAt(bytes: Uint8Array, at: number): { readonly header: BlockHeader; readonly end: number } | undefined {
  const size = sizeAt(bytes, at)
  // Smaller than its counts and its process, or not wholly in sight: nothing can be said of it.
  if (size < 8 || at + 4 + size > bytes.length) return undefined
  const unknown = new UnknownFields()
  const part = bytes.subarray(at + 4, at + 4 + size)
  try {
    const header = parseBlockHeader(part, unknown)
    return unknown.counts.size === 0 && hasCounts(part) ? { header, end: at + 4 + size } : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** The tool writes these fields always, zero or not: 1, 2 and 5 as counts, 4 and 6 as messages. */
function hasCounts(bytes: Uint8Array): boolean {
  const wire = new WireCursor()
  wire.open(bytes)
  let seen = 0
  while (wire.next(bytes.length)) {
    seen |= 1 << wire.field
    wire.skip()
  }
  return [1, 2, 4, 5, 6].every((field) => (seen & (1 << field)) !== 0)
}

/** A block header at byte 0 that accounts for every byte up to the next one, or to the end of the file. */
function startsAtBlock(head: Uint8Array, size: number): boolean {
  const first = headerAt(head, 0)
  if (first === undefined) return false
  const next = first.end + first.header.payloadBytes
  if (next > size) return false
  return next === size || next + 4 > head.length || sizeAt(head, next) <= size - next - 4
}

export function detectReport(probe: Probe): Detection | undefined {
  if (probe.isDirectory || probe.isGzip) return undefined
  if (hasMagic(probe.head)) return { title: 'Nsight Compute report' }
  if (startsAsZstd(probe.head)) {
    const compressed = probe.access?.read(0, COMPRESSED_HEAD_BYTES) ?? probe.head
    return hasMagic(zstdHead(compressed, 4)) ? { title: 'Nsight Compute report, compressed' } : undefined
  }
  return startsAtBlock(probe.head, probe.size) ? { title: 'Nsight Compute report without its file header' } : undefined
}
