/** From a path to a capture: probe, detect, read; the content hash is computed beside the reading, never after it. */
import type { Capture, Loss } from '#model/capture.ts'
import { type Detection, defaultReadLimits, type Reader, type ReadLimits } from '#model/reader.ts'
import type { TimelineNeed } from '#model/timeline.ts'
import { openProbe, openSource } from '#platform/access.ts'
import { hashPath } from '#platform/hashing.ts'
import { readers } from '#readers/registry.ts'
import { type Detected, detectReader } from './detect.ts'

export interface OpenedCapture {
  readonly path: string
  readonly sha256: string
  readonly reader: Reader
  readonly detection: Detection
  readonly capture: Capture
  readonly losses: readonly Loss[]
}

export interface OpenOptions {
  readonly needs: Iterable<TimelineNeed>
  readonly limits?: ReadLimits
  readonly onProgress?: (bytesRead: number, bytesTotal: number) => void
}

/** Says what a file is without reading it through. Messages name the path as it was given: one of several files may share its base name. */
export function identify(path: string): Detected {
  const probe = openProbe(path, path)
  try {
    return detectReader(probe, readers)
  } finally {
    probe.close()
  }
}

export async function openCapture(path: string, options: OpenOptions): Promise<OpenedCapture> {
  const { reader, detection } = identify(path)
  const hashing = hashPath(path)
  // Without a handler of its own, a hash that fails while the read is still busy would end the whole program.
  hashing.catch(() => undefined)
  const { capture, losses } = await reader.read(openSource(path, path), {
    needs: new Set(options.needs),
    limits: options.limits ?? defaultReadLimits,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
  return { path, sha256: await hashing, reader, detection, capture, losses }
}
