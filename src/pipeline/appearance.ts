/** What a file that no reader knows looks like: one phrase for a person, derived from bytes only. */
import type { Probe } from '#model/reader.ts'

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
  ['\x04"M\x18', 'lz4-compressed data (decompress it first)'],
  ['%PDF', 'a PDF document'],
]

export function appearance(probe: Probe): string {
  if (probe.isDirectory) {
    return probe.entries.length === 0
      ? 'an empty folder'
      : `a folder of ${probe.entries.length} entries without the tables of an nsys export`
  }
  const latin = Array.from(probe.text.subarray(0, 512), (byte) => String.fromCharCode(byte)).join('')
  const prefix = probe.isGzip ? 'gzip of ' : ''
  const magic = magics.find(([bytes]) => latin.startsWith(bytes))
  if (probe.isGzip && latin.startsWith('SQLite format 3\0')) return 'a SQLite database inside gzip (decompress it first)'
  if (probe.isGzip && latin.startsWith('\x1f\x8b')) return 'gzip inside gzip (decompress it once)'
  if (probe.isGzip && latin === '') return 'gzip of nothing'
  if (latin.startsWith('\xff\xfe') || latin.startsWith('\xfe\xff')) return `${prefix}UTF-16 text (write it as UTF-8)`
  if (magic !== undefined) return prefix + magic[1]
  const start = latin.trimStart()
  if (start.startsWith('{')) return `${prefix}a JSON object that is not a PyTorch trace`
  if (start.startsWith('[')) return `${prefix}a JSON array that is not a trace`
  if (start.startsWith('<')) return `${prefix}HTML or XML`
  const control = [...latin].filter((char) => char < ' ' && !'\t\r\n\f'.includes(char)).length
  return control > latin.length / 100 ? `${prefix}binary data of an unknown kind` : `${prefix}plain text`
}

const encryptedMagics: readonly (readonly [string, string])[] = [
  ['Salted__', 'encrypted with OpenSSL'],
  ['age-encryption.org/', 'encrypted with age'],
  ['-----BEGIN PGP MESSAGE', 'encrypted with PGP'],
]

/** Shorter than this, even random bytes do not look evenly spread. */
const LEAST_BYTES = 4096
/** Random bytes reach 7.955 bits a byte at 4 KiB and 7.997 at 64 KiB; executables, databases and tensors stay below 7.5. */
const RANDOM_BITS_PER_BYTE = 7.9

function bitsPerByte(bytes: Uint8Array): number {
  const counts = new Uint32Array(256)
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1
  return counts.reduce((sum, count) => (count === 0 ? sum : sum - (count / bytes.length) * Math.log2(count / bytes.length)), 0)
}

/** How an encrypted file shows, or undefined. SQLCipher leaves no mark: all that shows is that every byte is as likely as any other. */
export function encryption({ head, isDirectory, isGzip }: Probe): string | undefined {
  if (isDirectory || isGzip) return undefined
  const latin = Array.from(head.subarray(0, 64), (byte) => String.fromCharCode(byte)).join('')
  const magic = encryptedMagics.find(([bytes]) => latin.startsWith(bytes))
  if (magic !== undefined) return magic[1]
  if (magics.some(([bytes]) => latin.startsWith(bytes)) || head.length < LEAST_BYTES) return undefined
  return bitsPerByte(head) >= RANDOM_BITS_PER_BYTE ? 'random from its first byte, as encrypted files are' : undefined
}
