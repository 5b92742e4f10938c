/** Whether a diff may be called a VERDICT (facts/methodology.md rule 50), and if not, everything that stands in the way. */
import type { BaselineDiff, DiffRow } from '#formats/baseline-diff.ts'

/** Rule 50. */
const LEAST_TRIALS = 3

export function standingOf(
  statistical: Pick<BaselineDiff['statistical'], 'verdict'>,
  context: BaselineDiff['context'],
  rows: readonly DiffRow[],
  primary: string,
): Pick<BaselineDiff, 'standing' | 'standingReasons'> {
  const lead = rows.find(({ id }) => id === primary)?.statistical
  const reasons: string[] = []
  if (!['REGRESSED', 'IMPROVED', 'WITHIN'].includes(statistical.verdict)) reasons.push(`the statistical verdict is ${statistical.verdict}`)
  const trials = Math.min(lead?.runs.baseline ?? 0, lead?.runs.current ?? 0)
  if (trials < LEAST_TRIALS) reasons.push(`${trials} runs per side of the primary; ${LEAST_TRIALS} are needed`)
  if (context.missing.length > 0) reasons.push(`not known on either side: ${context.missing.join(', ')}`)
  const oneSided = context.differences.filter(({ standing }) => standing === 'missing').map(({ key }) => key)
  if (oneSided.length > 0) reasons.push(`known on one side only: ${oneSided.join(', ')}`)
  reasons.push('a diff compares two times, not two arms in alternation: only a trial (`sextant trial`) makes a VERDICT')
  return { standing: 'DRAFT', standingReasons: reasons }
}
