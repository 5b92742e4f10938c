/** `.ncu-repz`: a report in zstd frames. Node 20 cannot decompress those by itself. https://www.rfc-editor.org/rfc/rfc8878 */
import { Decompress } from 'fzstd'
import { SextantError } from '#base/errors.ts'
import type { RandomAccess } from '#model/reader.ts'

const CHUNK_BYTES = 1 << 20
/** Held in memory while it is read: kernels take 5 to 50 MB each, so this is dozens to hundreds of them. */
const MOST_BYTES = 2 * 1024 ** 3

export function startsAsZstd(head: Uint8Array): boolean {
  return head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd
}

/** The first bytes inside, as many as `compressed` gives; empty where it is no zstd. */
export function zstdHead(compressed: Uint8Array, length: number): Uint8Array {
  const parts: Uint8Array[] = []
  let known = 0
  try {
    const stream = new Decompress((part) => {
      if (known < length) parts.push(part.slice(0, length - known))
      known += part.length
    })
    // Small pieces, so that a bomb is left alone as soon as the head is known.
    for (let at = 0; at < compressed.length && known < length; at += 4096) stream.push(compressed.subarray(at, at + 4096))
  } catch {
    // What came before the damage is the head.
  }
  return joined(parts)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export interface Decompressed {
  readonly bytes: Uint8Array
  /** Present where the frames are damaged or cut: `bytes` is what came before. */
  readonly damage?: string
}

/** Throws `limit_exceeded` above `limit` bytes. */
export function decompressZstd(access: RandomAccess, name: string, limit: number): Decompressed {
  const most = Math.min(limit, MOST_BYTES)
  const parts: Uint8Array[] = []
  let known = 0
  let ended = false
  const stream = new Decompress((part, final) => {
    known += part.length
    if (known > most) throw tooLarge(name, most)
    parts.push(part.slice())
    if (final === true) ended = true
  })
  try {
    for (let at = 0; at < access.size; at += CHUNK_BYTES) stream.push(access.read(at, CHUNK_BYTES), at + CHUNK_BYTES >= access.size)
  } catch (error) {
    if (error instanceof SextantError) throw error
    return { bytes: joined(parts), damage: error instanceof Error ? error.message : 'unknown' }
  }
  return { bytes: joined(parts), ...(ended ? {} : { damage: 'the last frame is cut' }) }
}

function tooLarge(name: string, limit: number): SextantError {
  return new SextantError(
    'limit_exceeded',
    `${name} holds more than ${limit} bytes after decompression.`,
    'Decompress it with `zstd -d` and read the .ncu-rep, or profile fewer kernels into one report.',
    { limit },
  )
}

export function accessOf(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, Math.min(bytes.length, offset + length)),
    readInto(target, offset) {
      const part = bytes.subarray(offset, offset + target.length)
      target.set(part)
      return part.length
    },
  }
}
