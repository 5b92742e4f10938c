/** A file that is written in parts and appears whole, or not at all. */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SextantError } from '#base/errors.ts'

/** Small writes are gathered to this size. */
const BLOCK = 1 << 20

export class PartWriter {
  readonly #path: string
  readonly #temporary: string
  readonly #file: number
  readonly #hash = createHash('sha256')
  #parts: string[] = []
  #size = 0
  #isOpen = true

  constructor(path: string) {
    this.#path = path
    this.#temporary = join(dirname(path), `.${basename(path)}.${process.pid}.partial`)
    this.#file = this.#try(() => {
      mkdirSync(dirname(path), { recursive: true })
      return openSync(this.#temporary, 'w')
    })
  }

  write(text: string): void {
    this.#parts.push(text)
    this.#size += text.length
    if (this.#size >= BLOCK) this.#flush()
  }

  #flush(): void {
    const bytes = Buffer.from(this.#parts.join(''), 'utf8')
    this.#parts = []
    this.#size = 0
    this.#hash.update(bytes)
    this.#try(() => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done)
    })
  }

  /** The file stands under its name, on the disk. @returns sha256 of what it holds. */
  commit(): string {
    this.#flush()
    this.#try(() => {
      fsyncSync(this.#file)
      closeSync(this.#file)
      this.#isOpen = false
      renameSync(this.#temporary, this.#path)
    })
    return this.#hash.digest('hex')
  }

  /** Leaves nothing behind; harmless after `commit`. */
  discard(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    closeSync(this.#file)
    rmSync(this.#temporary, { force: true })
  }

  #try<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      throw new SextantError(
        'io_failed',
        `cannot write ${this.#path} (${code})`,
        'Check the folder, its permissions and the free space.',
        { path: this.#path, code },
        error,
      )
    }
  }
}
