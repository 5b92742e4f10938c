/** Which reader claims a file: by content, exactly one, whatever the name and whatever the order of the registry. */
import { SextantError } from '#base/errors.ts'
import type { Detection, Probe, Reader } from '#model/reader.ts'

export interface Detected {
  readonly reader: Reader
  readonly detection: Detection
}

export function detectReader(probe: Probe, readers: readonly Reader[]): Detected {
  if (!probe.isDirectory && probe.size === 0) {
    throw new SextantError(
      'empty_file',
      `${probe.name} is empty (0 bytes).`,
      'Capture or export it again: an empty file says nothing about the workload.',
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
  const known = readers.map((reader) => reader.title).sort()
  throw new SextantError(
    'unknown_format',
    `${probe.name} is not a capture that Sextant reads: it looks like ${appearance(probe)}.`,
    `Known formats: ${known.join('; ')}. Run \`sextant formats\` for details.`,
    { appearance: appearance(probe), known },
  )
}

const magics: readonly (readonly [string, string])[] = [
  ['SQLite format 3\0', 'a SQLite database without the tables of an nsys export'],
  ['PK\x03\x04', 'a ZIP archive'],
  ['\x7fELF', 'an ELF binary'],
  ['PAR1', 'a single Parquet file (an nsys parquetdir export is a folder of them)'],
  ['ARROW1', 'an Arrow file (export as sqlite or parquetdir instead)'],
  ['\x89HDF', 'an HDF5 file (export as sqlite or parquetdir instead)'],
  ['\x28\xb5\x2f\xfd', 'zstd-compressed data (decompress it first)'],
  ['BZh', 'bzip2-compressed data (decompress it first)'],
  ['\xfd7zXZ', 'xz-compressed data (decompress it first)'],
  ['%PDF', 'a PDF document'],
]

/** One phrase for a person; derived from bytes only. */
export function appearance(probe: Probe): string {
  if (probe.isDirectory) {
    return probe.entries.length === 0
      ? 'an empty folder'
      : `a folder of ${probe.entries.length} entries without the tables of an nsys export`
  }
  const latin = Array.from(probe.text.subarray(0, 512), (byte) => String.fromCharCode(byte)).join('')
  const prefix = probe.isGzip ? 'gzip-compressed ' : ''
  const magic = magics.find(([bytes]) => latin.startsWith(bytes))
  if (magic !== undefined) return prefix + magic[1]
  const start = latin.trimStart()
  if (start.startsWith('{')) return `${prefix}a JSON object that is not a PyTorch trace`
  if (start.startsWith('[')) return `${prefix}a JSON array that is not a trace`
  if (start.startsWith('<')) return `${prefix}HTML or XML`
  const control = [...latin].filter((char) => char < ' ' && !'\t\r\n\f'.includes(char)).length
  return control > latin.length / 100 ? `${prefix}binary data of an unknown kind` : `${prefix}plain text`
}
