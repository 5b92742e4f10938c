/** The contract of every reader: exactly one claims any file, by content, whatever its name. */
import type { Capture, Loss } from '#model/capture.ts'
import type { TimelineNeed } from '#model/timeline.ts'

/** Bounded, synchronous random access to one file. */
export interface RandomAccess {
  readonly size: number
  /** Reads up to `length` bytes at `offset` into a new array; shorter at the end of the file, empty beyond it. */
  read(offset: number, length: number): Uint8Array
  /** Reads into `target`; returns the bytes read. */
  readInto(target: Uint8Array, offset: number): number
}

export interface DirectoryEntry {
  readonly name: string
  readonly size: number
  readonly isDirectory: boolean
}

/** What detection may look at: never the whole file. */
export interface Probe {
  /** Base name, for messages only: detection must not depend on it. */
  readonly name: string
  readonly isDirectory: boolean
  readonly size: number
  /** First 64 KiB. Empty for directories. */
  readonly head: Uint8Array
  /** Last 4 KiB. */
  readonly tail: Uint8Array
  /** First 64 KiB after gunzip when the head is gzip, else `head` itself. */
  readonly text: Uint8Array
  readonly isGzip: boolean
  /** Directory listing, sorted by name; empty for files. */
  readonly entries: readonly DirectoryEntry[]
  readonly access?: RandomAccess
  /** First bytes of an entry in the directory. */
  headOf(entry: string, length: number): Uint8Array
}

export interface Detection {
  /** What it is, for a person: "nsys SQLite export, schema 3.25.0". */
  readonly title: string
  readonly version?: string
  /** The folder may hold captures of other kinds too: who walks through folders still looks inside. */
  readonly holdsOthers?: boolean
  /** Entries of such a folder that belong to this capture and are none themselves. */
  readonly ownEntries?: readonly string[]
}

export interface Source {
  /** Absolute or as given; readers open it, and never print it. */
  readonly path: string
  readonly name: string
  readonly isDirectory: boolean
  readonly isGzip: boolean
  readonly size: number
}

export interface ReadOptions {
  /** What the question needs; a reader may deliver more, never less (it says so in `capabilities`). */
  readonly needs: ReadonlySet<TimelineNeed>
  readonly limits: ReadLimits
  /** Called with bytes read so far; for progress only. */
  readonly onProgress?: (bytesRead: number, bytesTotal: number) => void
}

export interface ReadLimits {
  /** Decompressed bytes accepted from one file. */
  readonly maxDecompressedBytes: number
  /** Bytes of one text value (name, string) kept; longer is cut and counted. */
  readonly maxTextBytes: number
  readonly maxNesting: number
}

/** 64 GiB decompressed, 1 MiB a text, 256 levels: far above real captures, far below a bomb's effect on a 24 GiB machine. */
export const defaultReadLimits: ReadLimits = {
  maxDecompressedBytes: 64 * 1024 ** 3,
  maxTextBytes: 1024 ** 2,
  maxNesting: 256,
}

export interface ReadResult {
  readonly capture: Capture
  readonly losses: readonly Loss[]
}

export interface Reader {
  /** Stable id, also `Capture.kind`. */
  readonly kind: string
  readonly title: string
  /** Link to the format's specification, or the facts it was learnt from. */
  readonly spec: string
  /** Bumped when the same bytes give another capture: part of the digest cache's key. */
  readonly version: number
  /** For files that the reader recognises and cannot read without help, it still claims them, and `read` says what to do. */
  detect(probe: Probe): Detection | undefined
  read(source: Source, options: ReadOptions): Promise<ReadResult>
}
