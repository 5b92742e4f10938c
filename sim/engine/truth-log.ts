/** Writes the truth as it happens; lines are whole, and a file without an `end` line belongs to an engine that still runs or was killed. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { TruthRecord } from './truth-records.ts'

/** Records wait so long at most, so that a step costs no system call of its own. */
const FLUSH_MS = 200
/** Of many streams that end in one step: the text of so many records is made at a time, so that no token waits for it. */
const SLICE = 24
const SLICE_PAUSE_MS = 3

export class TruthLog {
  readonly #file: number | undefined
  readonly #onRecord: ((record: TruthRecord) => unknown) | undefined
  #records: TruthRecord[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(path: string | undefined, onRecord?: (record: TruthRecord) => unknown) {
    this.#onRecord = onRecord
    if (path === undefined) return
    mkdirSync(dirname(path), { recursive: true })
    this.#file = openSync(path, 'w')
  }

  add(record: TruthRecord): void {
    this.#onRecord?.(record)
    if (this.#file === undefined) return
    this.#records.push(record)
    this.#timer ??= setTimeout(() => this.#slice(), FLUSH_MS)
  }

  #slice(): void {
    this.#timer = undefined
    this.#write(this.#records.splice(0, SLICE))
    if (this.#records.length > 0) this.#timer = setTimeout(() => this.#slice(), SLICE_PAUSE_MS)
  }

  /** Everything so far, at once. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#write(this.#records.splice(0))
  }

  #write(records: readonly TruthRecord[]): void {
    if (this.#file === undefined || records.length === 0) return
    const bytes = Buffer.from(`${records.map((record) => JSON.stringify(record)).join('\n')}\n`)
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done)
  }

  close(): void {
    this.flush()
    if (this.#file !== undefined) closeSync(this.#file)
  }
}
