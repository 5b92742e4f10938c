/** Prefill inside the window mixes two regimes in every median (facts/traps.md A13; methodology rule 17). */
import { cannotTell, fail, type Gate, type GateContext, type GateStep, pass } from './gate.ts'
import { percent } from './observed.ts'

const FIX =
  'Drive one stream with a tiny prompt and a long generation (ignore_eos; not --random-input-len 2048) and start the capture after its prefill; ' +
  'or read decode steps alone: `sextant decode-budget` splits phases.'

const isPrefill = ({ phase }: GateStep): boolean => phase === 'prefill' || phase === 'mixed'

function check({ stepDetection }: GateContext) {
  if (stepDetection === undefined) return cannotTell('steps were not looked for')
  const evidence: string[] = []
  let known = 0
  let leading = 0
  const reasons: string[] = []
  for (const entry of stepDetection()) {
    if (entry.state === 'unknown') {
      reasons.push(entry.reason)
      continue
    }
    const { steps } = entry
    if (!steps.some(({ phase }) => phase === 'decode')) continue
    known++
    const firstDecode = steps.findIndex(({ phase }) => phase === 'decode')
    // Prefill before the first decode step ends before the window that is averaged begins.
    leading += steps.slice(0, firstDecode).filter(isPrefill).length
    const inside = steps.slice(firstDecode).filter(isPrefill)
    if (inside.length === 0) continue
    const total = steps.slice(firstDecode).reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0)
    const share = inside.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0) / total
    evidence.push(
      `device ${entry.device}: ${inside.length} of ${steps.length - firstDecode} steps (${percent(share)} of step time) hold prefill`,
    )
  }
  if (evidence.length > 0) return fail('prefill runs between decode steps', FIX, evidence)
  if (known > 0) return pass(leading > 0 ? `${leading} prefill steps lie before the first decode step` : undefined)
  return cannotTell(reasons[0] ?? 'no step is known to be decode')
}

export const noPrefillContamination: Gate = {
  id: 'no-prefill-contamination',
  title: 'No prefill between decode steps',
  needs: ['ranges'],
  asks: 'decode',
  check,
}
