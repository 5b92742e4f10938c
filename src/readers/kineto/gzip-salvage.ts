/**
 * What a damaged gzip stream still holds. Where inflating fails, zlib's binding drops the output of the whole call, up to a quarter of a
 * megabyte of input: the stream is inflated again with ever smaller calls, down to single bytes, and only the last of them is lost.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { constants, createGunzip } from 'node:zlib'

/** Each step narrows the failing call to one of at most 64 parts. */
const STEPS = [4096, 64, 1]
const SOUND_STEP = 256 * 1024

interface Replayed {
  /** Compressed bytes that inflated without an error. */
  readonly sound: number
}

/** Hands over the output behind the first `delivered` bytes. `sound`: compressed bytes known to inflate. */
export async function salvageGzip(path: string, sound: number, delivered: number, take: (piece: Buffer) => void): Promise<void> {
  let from = sound
  for (const step of STEPS.slice(0, -1)) from = (await replay(path, from, step, () => undefined)).sound
  let position = 0
  await replay(path, from, STEPS.at(-1) ?? 1, (piece) => {
    const skipped = Math.min(piece.length, Math.max(0, delivered - position))
    position += piece.length
    if (skipped < piece.length) take(piece.subarray(skipped))
  })
}

/** Inflates from the beginning, in large calls up to `sound` and in calls of `step` bytes behind it, until one fails. */
async function replay(path: string, sound: number, step: number, take: (piece: Buffer) => void): Promise<Replayed> {
  const file = openSync(path, 'r')
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })
  gunzip.on('data', take)
  let failed = false
  // A failed call never answers its write: the error itself has to end the wait.
  const over = new Promise<void>((proceed) => {
    gunzip.on('close', proceed)
    gunzip.on('end', proceed)
    gunzip.on('error', () => {
      failed = true
      proceed()
    })
  })
  const input = Buffer.alloc(SOUND_STEP)
  let at = 0
  try {
    for (;;) {
      const length = readSync(file, input, 0, at < sound ? Math.min(SOUND_STEP, sound - at) : step, at)
      if (length === 0) break
      const written = new Promise<void>((proceed) => gunzip.write(Buffer.from(input.subarray(0, length)), () => proceed()))
      await Promise.race([written, over])
      if (failed || gunzip.destroyed) return { sound: at }
      at += length
    }
    gunzip.end()
    await over
  } finally {
    closeSync(file)
    gunzip.destroy()
  }
  return { sound: at }
}
