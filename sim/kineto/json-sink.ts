/** Text into a file, plain or gzipped, with back-pressure: memory stays bounded whatever the length. */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createGzip } from 'node:zlib'

/** Characters collected before one write. */
const chunkLength = 1 << 18

export class TextSink {
  readonly #file: ReturnType<typeof createWriteStream>
  readonly #gzip: ReturnType<typeof createGzip> | undefined
  #pending: string[] = []
  #length = 0

  constructor(path: string, gzip: boolean) {
    this.#file = createWriteStream(path)
    this.#gzip = gzip ? createGzip({ level: 6 }) : undefined
    this.#gzip?.pipe(this.#file)
  }

  /** Adds text; the promise is there only when a write had to wait. */
  add(text: string): Promise<unknown> | undefined {
    this.#pending.push(text)
    this.#length += text.length
    return this.#length < chunkLength ? undefined : this.#flush()
  }

  #flush(): Promise<unknown> | undefined {
    const target = this.#gzip ?? this.#file
    const text = this.#pending.join('')
    this.#pending = []
    this.#length = 0
    return target.write(text) ? undefined : once(target, 'drain')
  }

  async finish(): Promise<void> {
    await this.#flush()
    const closed = once(this.#file, 'close')
    ;(this.#gzip ?? this.#file).end()
    await closed
  }
}
