/** What to do next, by outcome (facts/baselines.md section 5): each names a command or a place to look. */
import { formatRatio } from '#base/units.ts'
import type { BaselineDiff, DiffRow } from '#formats/baseline-diff.ts'
import type { NextLever } from '#formats/source.ts'

interface Outcome {
  readonly rows: readonly DiffRow[]
  readonly classic: Pick<BaselineDiff['classic'], 'verdict' | 'exceeding' | 'headlineExceeds'>
  readonly statistical: Pick<BaselineDiff['statistical'], 'verdict' | 'primary'>
  readonly guards: BaselineDiff['statistical']['guards']
}

const exceeds = (rows: readonly DiffRow[], pattern: RegExp): boolean =>
  rows.some(({ metric, classic }) => classic === 'exceeds' && pattern.test(metric))

function classicAdvice({ rows, classic }: Outcome): string[] {
  const said: string[] = []
  // A colder cache slows everything: it is looked at before anything that it may have caused.
  if (exceeds(rows, /^prefix_cache_hit_rate/))
    said.push(
      'Prefix-cache hits fell, which may be the cause of every other row: rerun with --connection-reuse-strategy sticky-user-sessions; usually routing (session affinity, hops between regions), not the model.',
    )
  const failing = rows.filter(({ metric, delta }) => metric === 'errors' && (delta ?? 0) > 0)
  if (failing.length > 0) {
    const listed = failing.map(({ id, baseline, current }) => `${id} ${baseline ?? 0} → ${current ?? 0}`).join(', ')
    said.push(
      `Failed requests rose (${listed}): figures of the rest are of a selected sample. Look at the server's log of that window first.`,
    )
  }
  if (classic.headlineExceeds === true)
    said.push(
      'Headline: look for contention in the cohort: `vllm:num_requests_running` over the same window (`sextant metrics PRE --post POST`).',
    )
  if (exceeds(rows, /^ttft/) && !exceeds(rows, /^throughput/))
    said.push(
      'TTFT rose and throughput did not fall: scheduler or queue depth. Compare num_requests_running and cache usage at their peaks.',
    )
  if (exceeds(rows, /^cpu_spinpoll/))
    said.push('CPU busy-wait rose: check that VLLM_USE_SHM_BROADCAST_BLOCKING=1 is still set, or whether this release waits busily again.')
  for (const { metric } of rows.filter((row) => row.classic === 'exceeds' && row.metric.startsWith('kernel_class_gpu_pct.')))
    said.push(
      `${metric} takes a larger share of GPU samples: \`sextant kernels\` on a capture of each side shows whether it is one kernel or several.`,
    )
  return said
}

function statisticalAdvice({ statistical, classic, rows, guards }: Outcome): string[] {
  const primary = rows.find(({ id }) => id === statistical.primary)?.statistical
  switch (statistical.verdict) {
    case 'REGRESSED':
      return ['Do not promote. Find where the time went: `sextant decode-budget CURRENT --against BASELINE` on a capture of each.']
    case 'IMPROVED':
      return [
        'Faster beyond the tolerance. Register it as the new floor: `sextant baseline record`; prove the cause with `sextant trial plan`.',
      ]
    case 'WITHIN':
      return ['No inference regression detected; safe to promote.']
    case 'NOISY':
      return [
        `The data cannot see the tolerance${primary?.runsNeeded === undefined ? '' : `: ${primary.runsNeeded} runs per side would`}. Run more of each on the same nodes, bridge them together, diff again.`,
      ]
    case 'INVALID':
      return guards.map(({ text }) => `Mend before comparing: ${text}.`)
    case 'NOT_ESTIMABLE':
      return classic.verdict === 'GREEN'
        ? ['Within every tolerance, from too few runs to be sure: three or more runs per side make it a verdict.']
        : [
            `${classic.exceeding} beyond tolerance from too few runs to tell noise from change: rerun both sides on the same nodes at least three times each, then diff again.`,
          ]
  }
}

export function recommendationsOf(outcome: Outcome): string[] {
  const { classic } = outcome
  const field = {
    GREEN: 'GREEN: no inference regression detected by the tolerances; safe to promote.',
    YELLOW: `YELLOW: spot regression on ${classic.exceeding} metrics; rerun on the same cohort to rule out noise, then diff again.`,
    RED: `RED: ${classic.exceeding} beyond tolerance; promotion is blocked until the statistical verdict clears it or the cause is mended.`,
  }[classic.verdict]
  return [field, ...statisticalAdvice(outcome), ...classicAdvice(outcome)]
}

/** The row that lost most, in tolerances; where nothing was lost, the headline. */
export function nextLeverOf(rows: readonly DiffRow[]): NextLever {
  const lost = rows
    .filter(({ classic, tolerance }) => classic === 'exceeds' && tolerance !== undefined && tolerance > 0)
    .map((row) => ({ row, tolerances: Math.abs(row.kind === 'points' ? (row.delta ?? 0) : (row.deltaPct ?? 0)) / (row.tolerance ?? 1) }))
    .sort((a, b) => b.tolerances - a.tolerances || (a.row.id < b.row.id ? -1 : 1))[0]?.row
  if (lost === undefined)
    return {
      lever: 'where the decode step’s time goes now',
      expectedUnlock: 'not bounded by this diff: the share of the step that is not at its roof, from a capture',
      gate: 'sextant decode-budget CAPTURE, then sextant baseline diff of a run with the lever against this baseline',
    }
  const kernel = /^kernel_class_gpu_pct\.(.+)$/.exec(lost.metric)?.[1]
  const back = lost.kind === 'points' ? `${Math.abs(lost.delta ?? 0).toFixed(1)} points` : formatRatio(Math.abs(lost.deltaPct ?? 0) / 100)
  return {
    lever: kernel === undefined ? `what moved ${lost.id}` : `kernels of class ${kernel}`,
    expectedUnlock: `at most the ${back} that it lost against the baseline`,
    gate: 'a trial of one factor on one node (sextant trial plan), then this diff again',
  }
}
