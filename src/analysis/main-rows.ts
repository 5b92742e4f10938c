/**
 * The rows of a device's main lane, in order: what an anchor is looked for in.
 *
 * `as number` on typed-array reads: every index comes from loops bounded by the length of the column.
 */
import { COPY, copyToken, type DeviceSequence, sequenceTables } from '#analysis/device-sequence.ts'
import type { Timeline } from '#model/timeline.ts'

/** Main-lane rows in order, as columns. */
export interface MainRows {
  readonly length: number
  /** Position in the device sequence. */
  readonly at: Uint32Array
  readonly token: Int32Array
  readonly startNs: Float64Array
  /** Time since the previous main row in which the whole device was idle. */
  readonly idleBeforeNs: Float64Array
  /** Correlation of the launch, 0 = unknown. Rows of one graph replay share it. */
  readonly launch: Uint32Array
  /** How often the device had returned results to the host before the row; copies with no work between them are one return. */
  readonly returnsBefore: Uint32Array
}

/** Token ids and log probabilities of a thousand sequences fit; blocks of a KV cache on their way out (megabytes each) are no results. */
const MAX_RESULT_BYTES = 1 << 18

export function mainRows(timeline: Timeline, sequence: DeviceSequence, lane: number): MainRows {
  let length = 0
  for (let i = 0; i < sequence.length; i += 1) if (sequence.lane[i] === lane) length += 1
  const rows = {
    length,
    at: new Uint32Array(length),
    token: new Int32Array(length),
    startNs: new Float64Array(length),
    idleBeforeNs: new Float64Array(length),
    launch: new Uint32Array(length),
    returnsBefore: new Uint32Array(length),
  }
  const correlations = sequenceTables.map((table) => timeline[table].correlation)
  const { bytes } = timeline.memcpys
  const toHost = copyToken(sequence, 'device-to-host')
  let next = 0
  let covered = Number.NEGATIVE_INFINITY
  let idle = 0
  let returns = 0
  let isReturning = false
  for (let i = 0; i < sequence.length; i += 1) {
    const start = sequence.startNs[i] as number
    const end = sequence.endNs[i] as number
    if (start > covered && covered !== Number.NEGATIVE_INFINITY) idle += start - covered
    if (end > covered) covered = end
    if (sequence.token[i] === toHost && !isReturning && (bytes[sequence.row[i] as number] as number) <= MAX_RESULT_BYTES) {
      returns += 1
      isReturning = true
    }
    if (sequence.lane[i] !== lane) continue
    if (sequence.kind[i] !== COPY) isReturning = false
    rows.at[next] = i
    rows.token[next] = sequence.token[i] as number
    rows.startNs[next] = start
    rows.idleBeforeNs[next] = idle
    rows.launch[next] = correlations[sequence.table[i] as number]?.[sequence.row[i] as number] ?? 0
    rows.returnsBefore[next] = returns
    idle = 0
    next += 1
  }
  return rows
}
