/**
 * `drive-request/1`, the requests of `sextant drive`, one a line (docs/formats/drive-request-1.md): every definition is recomputed
 * from the stamps. They are decimal text (trap F14) and only ever subtracted. Warm-up is left out and counted.
 */
import type { Loss } from '#model/capture.ts'
import { eventBits } from '#model/load-requests.ts'
import type { Reader, ReadOptions, Source } from '#model/reader.ts'
import { isObject, type JsonObject } from '#readers/json/leaves.ts'
import { eachLine } from '#readers/json/line-source.ts'
import { outlineOf } from '#readers/json/outline.ts'
import { LossCounter } from '#readers/nsys/losses.ts'
import { assembleResult, finishCells } from './assemble.ts'
import { benchCapture } from './bench-capture.ts'
import { CellBuilder } from './cell-builder.ts'
import { epochNanoseconds } from './instants.ts'
import { RequestStatistics } from './request-statistics.ts'

const SCHEMA = /"schema"\s*:\s*"drive-request\/1"/

function nanoseconds(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^\d{1,19}$/.test(value) ? BigInt(value) : undefined
}

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined

/** One cell of the file, fed request by request. */
class CellRequests {
  readonly #statistics = new RequestStatistics()
  readonly #firstChunk = this.#statistics.series('ttft', 'first-chunk', 'chunk_ns', 'ns')
  readonly #firstContent = this.#statistics.series('ttft', 'first-content', 'first_content_ns', 'ns')
  readonly #chunkGaps = this.#statistics.series('itl', 'chunk-gap', 'chunk_ns', 'ns')
  readonly #contentGaps = this.#statistics.series('itl', 'content-gap', 'chunk_ns', 'ns')
  readonly #tpot = this.#statistics.series('tpot', 'request-mean-without-first', 'output_tokens', 'ns')
  readonly #lastChunk = this.#statistics.series('e2el', 'until-last-token-chunk', 'chunk_ns', 'ns')
  readonly #lastContent = this.#statistics.series('e2el', 'until-last-content', 'last_content_ns', 'ns')
  readonly #close = this.#statistics.series('e2el', 'until-stream-close', 'end_ns', 'ns')
  readonly #delay = this.#statistics.series('schedule-delay', 'behind-schedule', 'scheduled_ns', 'ns')
  completed = 0
  failed = 0
  output: number | undefined = 0
  input: number | undefined = 0
  first: bigint | undefined
  last: bigint | undefined

  take(line: JsonObject): boolean {
    const sent = nanoseconds(line['sent_ns'])
    const end = nanoseconds(line['end_ns'])
    const stamps = line['chunk_ns']
    const bits = line['chunk_bits']
    if (sent === undefined || end === undefined || !Array.isArray(stamps) || !Array.isArray(bits) || stamps.length !== bits.length)
      return false
    if (line['outcome'] !== 'completed') {
      this.failed += 1
      return true
    }
    this.completed += 1
    const since = (time: bigint | undefined): number | undefined => (time === undefined ? undefined : Number(time - sent))
    const scheduled = nanoseconds(line['scheduled_ns'])
    if (scheduled !== undefined) this.#delay.add(Number(sent - scheduled))
    this.#close.add(Number(end - sent))
    const [firstContent, lastContent] = this.#events(stamps, bits, since)
    if (this.first === undefined || sent < this.first) this.first = sent
    if (lastContent !== undefined && (this.last === undefined || lastContent > this.last)) this.last = lastContent
    this.#tokens(line, firstContent, lastContent)
    return true
  }

  #events(stamps: readonly unknown[], bits: readonly unknown[], since: (time: bigint | undefined) => number | undefined) {
    let before: bigint | undefined
    let first: bigint | undefined
    let contentBefore: bigint | undefined
    stamps.forEach((text, index) => {
      const time = nanoseconds(text)
      const held = Number(bits[index])
      if (time === undefined || (held & eventBits.choice) === 0) return
      if (before === undefined) this.#firstChunk.add(since(time) ?? 0)
      else this.#chunkGaps.add(Number(time - before))
      before = time
      if ((held & (eventBits.output | eventBits.reasoning)) === 0) return
      if (contentBefore !== undefined) this.#contentGaps.add(Number(time - contentBefore))
      first ??= time
      contentBefore = time
    })
    for (const [series, time] of [
      [this.#firstContent, first],
      [this.#lastContent, contentBefore],
      [this.#lastChunk, before],
    ] as const) {
      const value = since(time)
      if (value !== undefined) series.add(value)
    }
    return [first, contentBefore] as const
  }

  #tokens(line: JsonObject, first: bigint | undefined, last: bigint | undefined): void {
    const output = count(line['output_tokens'])
    const input = count(line['prompt_tokens'])
    // One request that does not say makes the sum unknown, never smaller.
    this.output = output === undefined || this.output === undefined ? undefined : this.output + output
    this.input = input === undefined || this.input === undefined ? undefined : this.input + input
    if (output !== undefined && output > 1 && first !== undefined && last !== undefined) this.#tpot.add(Number(last - first) / (output - 1))
  }

  finish(id: string): CellBuilder {
    const cell = new CellBuilder()
    const concurrency = /^c(\d+)$/.exec(id)?.[1]
    const rate = /^(?:rate|constant)-([\d.]+)$/.exec(id)?.[1]
    if (concurrency !== undefined) cell.add('cell', Number(concurrency), { as: 'concurrency' })
    if (rate !== undefined) cell.add('cell', Number(rate), { as: 'request-rate' })
    cell.count('completed', this.completed, 'outcome', 'recomputed')
    cell.count('failed', this.failed, 'outcome', 'recomputed')
    if (this.completed > 0 && this.input !== undefined) cell.count('input-tokens', this.input, 'prompt_tokens', 'recomputed')
    if (this.completed > 0 && this.output !== undefined) cell.count('output-tokens', this.output, 'output_tokens', 'recomputed')
    this.#statistics.addTo(cell)
    this.#addWindow(cell)
    return cell
  }

  #addWindow(cell: CellBuilder): void {
    const { first, last } = this
    if (first === undefined || last === undefined || last <= first) return
    const windowNs = Number(last - first)
    cell.durationNs = windowNs
    cell.add('sent_ns', '', { as: 'started', instant: epochNanoseconds(String(first)) })
    cell.add('last_content_ns', '', { as: 'ended', instant: epochNanoseconds(String(last)) })
    const window = 'first-request-to-last-response' as const
    const perSecond = (amount: number) => (amount / windowNs) * 1e9
    cell.rate({ quantity: 'requests', statistic: 'mean', perSecond: perSecond(this.completed), window, key: 'sent_ns' })
    if (this.output === undefined) return
    cell.rate({ quantity: 'output-tokens', statistic: 'mean', perSecond: perSecond(this.output), window, key: 'output_tokens' })
    if (this.input === undefined) return
    cell.rate({ quantity: 'total-tokens', statistic: 'mean', perSecond: perSecond(this.output + this.input), window, key: 'output_tokens' })
  }
}

function readLines(
  source: Source,
  options: ReadOptions,
): { readonly cells: ReadonlyMap<string, CellRequests>; readonly losses: readonly Loss[] } {
  const cells = new Map<string, CellRequests>()
  const losses = new LossCounter()
  eachLine(source, options, (bytes, from, to) => {
    let line: unknown
    try {
      line = JSON.parse(bytes.toString('utf8', from, to))
    } catch {
      line = undefined
    }
    if (!isObject(line) || typeof line['cell'] !== 'string') {
      losses.add('malformed-lines', 1, 'lines that are no request')
      return
    }
    if (line['phase'] !== 'measured') {
      losses.add('requests-of-other-phases', 1, 'requests of the warm-up: not measured')
      return
    }
    const cell = cells.get(line['cell']) ?? new CellRequests()
    cells.set(line['cell'], cell)
    if (!cell.take(line)) losses.add('malformed-lines', 1, 'lines that are no request')
  })
  return { cells, losses: losses.list() }
}

export const driveRequestsReader: Reader = {
  kind: 'drive-requests',
  title: 'sextant drive requests (JSON lines)',
  spec: 'docs/formats/drive-request-1.md',
  version: 1,
  detect(probe) {
    const outline = outlineOf(probe)
    return outline.kind === 'object' && outline.keys.has('schema') && SCHEMA.test(outline.text.slice(0, 200))
      ? { title: 'sextant drive requests' }
      : undefined
  },
  async read(source, options) {
    const { cells, losses } = readLines(source, options)
    const ids = [...cells.keys()]
    const builders = [...cells].map(([id, requests]) => requests.finish(id))
    const result = assembleResult({ tool: 'sextant-drive', form: 'jsonl', cells: finishCells(builders, ids) })
    return benchCapture('drive-requests', 'sextant drive', result, losses)
  },
}
