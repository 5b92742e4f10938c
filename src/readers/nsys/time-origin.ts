/**
 * Where time 0 is. Exports count nanoseconds from the session start; with `--ts-normalize=true` every timestamp is already
 * UTC epoch nanoseconds (1.8e18, far above 2^53), where a double is off by up to 128 ns and equal timestamps appear.
 * Such files are read as 64-bit halves and rebased exactly; the session start is not added a second time.
 */
import { columnNamed, tableNamed } from './column-plan.ts'
import type { ColumnBatch, ColumnRequest, TableSource } from './table-source.ts'

/** 1e17 ns = 3.2 years: no session and no host uptime counter is that long, every date since 1973 is later. */
const ABSOLUTE_NS = 1e17

/** Half of what a double holds exactly: later starts (`--ts-shift`, counters of machines up for months) are rebased to the first. */
const REBASED_NS = 2 ** 52

/** Differences above this are no longer exact in a double (104 days). */
const EXACT_NS = 2n ** 53n

const HIGH = 4294967296

const TABLES_WITH_START = [
  'CUPTI_ACTIVITY_KIND_KERNEL',
  'CUPTI_ACTIVITY_KIND_GRAPH_TRACE',
  'CUPTI_ACTIVITY_KIND_MEMCPY',
  'CUPTI_ACTIVITY_KIND_MEMSET',
  'CUPTI_ACTIVITY_KIND_RUNTIME',
  'NVTX_EVENTS',
  'OSRT_API',
]

class Enough extends Error {}

async function firstStart(source: TableSource, table: string, name: string): Promise<bigint | undefined> {
  let first: bigint | undefined
  const request: ColumnRequest = { name, type: 'id64' }
  const look = (batch: ColumnBatch): void => {
    const { hi, lo, isNull } = batch.id64(0)
    for (let row = 0; row < batch.rows; row++) {
      if (isNull[row] === 1) continue
      first = (BigInt(hi[row] ?? 0) << 32n) | BigInt(lo[row] ?? 0)
      throw new Enough()
    }
  }
  try {
    await source.scan(table, [request], look, { isPeek: true })
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
  return first
}

export interface TimeOrigin {
  /** True when the file's timestamps are UTC epoch nanoseconds. */
  readonly isAbsolute: boolean
  /** True when rows must be read as 64-bit halves and rebased. */
  readonly isRebased: boolean
  /** What row time 0 stands for, as stored in the file: 0 unless rebased. */
  readonly offset: bigint
}

/** Looks at the first timestamp of the file. `sessionStart` is `utcEpochNs`, the origin that the same report has without `--ts-normalize`. */
export async function findTimeOrigin(source: TableSource, sessionStart: bigint | undefined): Promise<TimeOrigin> {
  for (const base of TABLES_WITH_START) {
    const info = tableNamed(source, base)
    const start = info === undefined ? undefined : columnNamed(info, 'start')
    if (info === undefined || start === undefined) continue
    const first = await firstStart(source, info.name, start)
    if (first === undefined) continue
    if (Number(first) < ABSOLUTE_NS) {
      const isRebased = Math.abs(Number(first)) >= REBASED_NS
      return { isAbsolute: false, isRebased, offset: isRebased ? first : 0n }
    }
    const distance = sessionStart === undefined ? EXACT_NS : first - sessionStart
    const usable = distance > -EXACT_NS && distance < EXACT_NS
    return { isAbsolute: true, isRebased: true, offset: usable && sessionStart !== undefined ? sessionStart : first }
  }
  return { isAbsolute: false, isRebased: false, offset: 0n }
}

/** Delivers one time column in integer ns relative to the origin, NaN for NULL. */
export class TimeColumn {
  readonly #position: number
  readonly #isRebased: boolean
  readonly #hi: number
  readonly #lo: number
  #scratch = new Float64Array(0)

  constructor(position: number, origin: TimeOrigin) {
    this.#position = position
    this.#isRebased = origin.isRebased
    this.#hi = Number(BigInt.asIntN(32, origin.offset >> 32n))
    this.#lo = Number(BigInt.asUintN(32, origin.offset))
  }

  read(batch: ColumnBatch): Float64Array {
    if (!this.#isRebased) return batch.number(this.#position)
    const { hi, lo, isNull } = batch.id64(this.#position)
    if (this.#scratch.length < batch.rows) this.#scratch = new Float64Array(batch.rows)
    for (let row = 0; row < batch.rows; row++) {
      // In bounds: columns hold at least batch.rows values.
      const value = ((hi[row] as number) - this.#hi) * HIGH + ((lo[row] as number) - this.#lo)
      this.#scratch[row] = isNull[row] === 1 ? Number.NaN : value
    }
    return this.#scratch
  }
}
