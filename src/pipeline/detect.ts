/** Which reader claims a file: by content, exactly one, whatever the name and whatever the order of the registry. */
import { SextantError } from '#base/errors.ts'
import type { Detection, Probe, Reader } from '#model/reader.ts'
import { appearance, encryption } from './appearance.ts'

export interface Detected {
  readonly reader: Reader
  readonly detection: Detection
}

export function detectReader(probe: Probe, readers: readonly Reader[]): Detected {
  if (!probe.isDirectory && probe.size === 0) {
    throw new SextantError(
      'empty_file',
      `${probe.name} is empty (0 bytes).`,
      'Capture or export it again. As output of nsys stats it is an abstention: the report holds no such data, which is not a measurement of zero.',
    )
  }
  const claims: Detected[] = []
  for (const reader of readers) {
    const detection = reader.detect(probe)
    if (detection !== undefined) claims.push({ reader, detection })
  }
  const [claim] = claims
  if (claims.length > 1) throw new Error(`two readers claim ${probe.name}: ${claims.map((each) => each.reader.kind).join(', ')}`)
  if (claim !== undefined) return claim
  const encrypted = encryption(probe)
  if (encrypted !== undefined) {
    throw new SextantError(
      'encrypted_file',
      `${probe.name} looks encrypted (${encrypted}), or compressed in a way that Sextant does not know.`,
      'Decrypt or decompress a copy and read that; if it is meant to be neither, copy it again from where it was written.',
    )
  }
  const known = readers.map((reader) => reader.title).sort()
  throw new SextantError(
    'unknown_format',
    `${probe.name} is not a capture that Sextant reads: it looks like ${appearance(probe)}.`,
    `${probe.isDirectory ? 'Name a capture inside it, or give the folder to `sextant analyze`. ' : ''}Known formats: ${known.join('; ')}. Run \`sextant formats\` for details.`,
    { appearance: appearance(probe), known },
  )
}
