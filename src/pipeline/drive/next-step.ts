/** What to look at after a run: where most of a request's time was, and what would show it. */
import type { DriveResult } from '#formats/drive-result.ts'

type Next = DriveResult['next']
type Cell = DriveResult['cells'][number]

function mean(cell: Cell, quantity: string, definition: string): number | undefined {
  return cell.latencies.find((each) => each.quantity === quantity && each.definition === definition)?.meanNs
}

const percent = (ratio: number): string => `${(100 * ratio).toFixed(0)} %`

export function nextStep(cells: readonly Cell[], origin: string): Next {
  const doubtful = cells.find(({ validity }) => validity.state !== 'valid')
  const [reason] = doubtful?.validity.reasons ?? []
  if (doubtful !== undefined) {
    return {
      lever: 'the measurement itself',
      expectedUnlock: `none for the server: ${doubtful.id} is ${doubtful.validity.state} (${reason?.text ?? 'no reason given'})`,
      gate: 'the same run again, VALID: more threads or fewer streams, an idle client machine, a longer run',
    }
  }
  // The last cell carries the most load of a sweep as people write it.
  const cell = cells.at(-1)
  const ttft = cell === undefined ? undefined : mean(cell, 'ttft', 'first-content')
  const latency = cell === undefined ? undefined : mean(cell, 'e2el', 'until-last-content')
  if (cell === undefined || ttft === undefined || latency === undefined || latency === 0) {
    return { lever: 'unknown', expectedUnlock: 'unknown: no request completed', gate: 'a run with completed requests' }
  }
  const waiting = ttft / latency
  if (waiting > 0.5) {
    return {
      lever: 'queueing and prefill',
      expectedUnlock: `at most ${percent(waiting)} of the request latency of ${cell.id}: its part before the first token`,
      gate: 'requests-waiting of the server over the run (0: prefill, else the queue), then the same load with chunked prefill or a lower concurrency',
    }
  }
  return {
    lever: 'the decode step',
    expectedUnlock: `at most ${percent(1 - waiting)} of the request latency of ${cell.id}: its part after the first token`,
    gate: `sextant decode-budget on a profile of the same load (${origin})`,
  }
}
