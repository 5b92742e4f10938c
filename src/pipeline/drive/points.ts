/** The cells of a run, and what may not be asked of them. */
import { SextantError } from '#base/errors.ts'
import type { Arrivals } from '#sources/driver/plan.ts'
import type { DriveOptions } from './drive-options.ts'

export interface DrivePoint {
  readonly id: string
  readonly arrivals: Arrivals
}

function usage(message: string, hint: string): SextantError {
  return new SextantError('usage', message, hint)
}

/** @throws usage for a load that would measure its own ramp, or that contradicts itself. */
export function pointsOf(options: DriveOptions): DrivePoint[] {
  const { concurrency, rate, requests, durationS, force, multiTurn } = options
  if (rate.length > 0 && multiTurn)
    throw usage('conversations are replayed turn by turn: that needs a closed loop', 'Give --concurrency, not --rate.')
  const chosen = concurrency.length === 0 && rate.length === 0 ? [1] : concurrency
  const most = Math.max(0, ...chosen)
  if (requests !== undefined && requests < 2 * most && !force) {
    throw usage(
      `${requests} requests at concurrency ${most} measure the ramp and the drain, not the steady state: at least ${2 * most} are needed`,
      `Give --requests ${2 * most} or more, or --force to run it and have the result marked.`,
    )
  }
  if (requests === undefined && durationS === undefined) throw usage('the run has no end', 'Give --requests, --duration-s or both.')
  const points: DrivePoint[] = [
    ...chosen.map((each) => ({ id: `c${each}`, arrivals: { kind: 'closed', concurrency: each } as const })),
    ...rate.map((each) => ({
      id: `${options.arrival === 'constant' ? 'constant' : 'rate'}-${each}`,
      arrivals: { kind: options.arrival, ratePerS: each, maxInFlight: options.maxInFlight } as const,
    })),
  ]
  const ids = points.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) throw usage(`${twice} is asked for twice`, 'Repeat a run as a trial of its own: two results, not one.')
  return points
}

/** Requests before a cell that do not count: two for each slot, as InferenceX does; of an open loop, a second's worth, at least 4. */
export function warmUpOf(point: DrivePoint, wanted: number | undefined): { readonly count: number; readonly concurrency: number } {
  const { arrivals } = point
  const concurrency = arrivals.kind === 'closed' ? arrivals.concurrency : Math.min(8, Math.max(1, Math.ceil(arrivals.ratePerS)))
  const count = wanted ?? (arrivals.kind === 'closed' ? 2 * concurrency : Math.max(4, Math.ceil(arrivals.ratePerS)))
  return { count, concurrency: Math.max(1, Math.min(concurrency, count)) }
}
