/** Writes the truth as it happens; lines are whole, and a file without an `end` line belongs to an engine that still runs or was killed. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { TruthRecord } from './truth-records.ts'

/** Lines wait so long at most, so that a step costs no system call of its own. */
const FLUSH_MS = 200

export class TruthLog {
  readonly #file: number | undefined
  readonly #onRecord: ((record: TruthRecord) => void) | undefined
  #lines: string[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(path: string | undefined, onRecord?: (record: TruthRecord) => void) {
    this.#onRecord = onRecord
    if (path === undefined) return
    mkdirSync(dirname(path), { recursive: true })
    this.#file = openSync(path, 'w')
  }

  add(record: TruthRecord): void {
    this.#onRecord?.(record)
    if (this.#file === undefined) return
    this.#lines.push(JSON.stringify(record))
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#file === undefined || this.#lines.length === 0) return
    const bytes = Buffer.from(`${this.#lines.join('\n')}\n`)
    this.#lines = []
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done)
  }

  close(): void {
    this.flush()
    if (this.#file !== undefined) closeSync(this.#file)
  }
}
