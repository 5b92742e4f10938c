/** Counts what was compared and keeps what differs: a test asserts that nothing does, `prove` prints how much was compared. */

export interface Comparison {
  readonly checked: number
  readonly mismatches: readonly string[]
}

export class Checks implements Comparison {
  checked = 0
  readonly mismatches: string[] = []

  equal(what: string, ours: unknown, truth: unknown): void {
    this.checked += 1
    if (!Object.is(ours, truth)) this.mismatches.push(`${what}: ours ${String(ours)}, truth ${String(truth)}`)
  }

  /** NaN and absence are never near. */
  near(what: string, ours: number | undefined, truth: number, tolerance: number): void {
    this.checked += 1
    if (!(Math.abs((ours ?? Number.NaN) - truth) <= tolerance))
      this.mismatches.push(`${what}: ours ${String(ours)}, truth ${truth} within ${tolerance}`)
  }

  wrong(what: string): void {
    this.checked += 1
    this.mismatches.push(what)
  }

  add({ checked, mismatches }: Comparison, under = ''): void {
    this.checked += checked
    for (const mismatch of mismatches) this.mismatches.push(`${under}${mismatch}`)
  }
}
