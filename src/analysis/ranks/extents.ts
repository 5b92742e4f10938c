/**
 * What the members of each matched collective took, in columns: hundreds of thousands of them come from one capture.
 *
 * `as number` on array reads: every index comes from loops bounded by the number of collectives and members.
 */

/** Collectives that every member recorded, row after row. */
export interface MatchedCollectives {
  /** When each ended, on the clock of the first member: for the order only. */
  readonly endsNs: number[]
  /** One duration per member and row. */
  readonly durations: number[]
}

export interface Extents {
  readonly endsNs: readonly number[]
  readonly shortest: Float64Array
  readonly longest: Float64Array
  /** Member that arrived last: the first of the shortest. */
  readonly last: Uint16Array
}

export function extentsOf({ endsNs, durations }: MatchedCollectives, members: number): Extents {
  const count = durations.length / members
  const [shortest, longest, last] = [new Float64Array(count), new Float64Array(count), new Uint16Array(count)]
  for (let row = 0; row < count; row += 1) {
    let least = Number.POSITIVE_INFINITY
    let most = Number.NEGATIVE_INFINITY
    let at = 0
    for (let member = 0; member < members; member += 1) {
      const ns = durations[row * members + member] as number
      if (ns > most) most = ns
      if (ns >= least) continue
      least = ns
      at = member
    }
    shortest[row] = least
    longest[row] = most
    last[row] = at
  }
  return { endsNs, shortest, longest, last }
}
