/** Files of a run in its folder: requests as they end, the rest at the end; each whole or absent. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import type { DriveResult } from '#formats/drive-result.ts'
import { perfbenchText } from '#formats/inference-perfbench.ts'
import type { SourceReference } from '#formats/source.ts'
import type { RequestBatch } from '#model/load-requests.ts'
import { writeWhole } from '#platform/files.ts'
import { PartWriter } from '#platform/part-writer.ts'
import type { ServerSamples } from '#sources/driver/server-scrape.ts'
import { perfbenchOf } from './perfbench-cell.ts'
import { writeRequestLines } from './request-lines.ts'

export const RESULT_FILE = 'drive-result.json'
const REQUESTS_FILE = 'drive-requests.jsonl'
const PERFBENCH_FILE = 'inference_perfbench_v1.json'

export class ResultFiles {
  readonly #folder: string
  readonly #requests: PartWriter
  readonly #written: SourceReference[] = []

  /** @throws usage where the folder holds a result already: results are kept, never replaced. */
  constructor(folder: string) {
    if (existsSync(join(folder, RESULT_FILE))) {
      throw new SextantError(
        'usage',
        `${folder} holds a result already`,
        'Name another folder with --out: a run never replaces another.',
        {},
      )
    }
    this.#folder = folder
    this.#requests = new PartWriter(join(folder, REQUESTS_FILE))
  }

  requests(batches: readonly RequestBatch[], cell: string, originNs: bigint): void {
    writeRequestLines(batches, cell, originNs, (text) => this.#requests.write(text))
  }

  #write(name: string, text: string): void {
    writeWhole(join(this.#folder, name), text)
    this.#written.push({ path: name, sha256: createHash('sha256').update(text).digest('hex') })
  }

  pages(cell: string, { before, after }: ServerSamples): void {
    this.#write(`${cell}-metrics-pre.prom`, before)
    this.#write(`${cell}-metrics-post.prom`, after)
  }

  /** The result comes last: where it stands, everything stands. */
  finish(result: DriveResult): SourceReference[] {
    this.#written.push({ path: REQUESTS_FILE, sha256: this.#requests.commit() })
    const perfbench = perfbenchOf(result)
    if (perfbench !== undefined) this.#write(PERFBENCH_FILE, perfbenchText(perfbench))
    this.#write(RESULT_FILE, jsonText(result))
    return this.#written.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  discard(): void {
    this.#requests.discard()
  }
}
