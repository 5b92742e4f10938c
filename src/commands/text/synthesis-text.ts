/** A synthesis for a person: the answer first, then what it rests on, what contradicts it, and what is not known. */
import { coordinateText, unfairBaseline } from '#analysis/ledger/krhpa.ts'
import { formatCount, formatDuration, formatRatio } from '#base/units.ts'
import type { RenderOptions } from '#commands/define-command.ts'
import type { LedgerRow } from '#formats/ledger.ts'
import type { Synthesis } from '#formats/synthesis.ts'
import { confidenceWords, unsettledWords } from '#model/ledger-words.ts'
import { nextLines, oneLine, section } from './account.ts'
import { notProposedLines } from './not-proposed.ts'
import { table } from './table.ts'
import { wrapText } from './wrap.ts'

export function synthesisText(synthesis: Synthesis, options: RenderOptions): string {
  const { state, refusal, next } = synthesis
  const text =
    state === 'refused' || refusal !== undefined
      ? refusedText(synthesis)
      : [
          headline(synthesis),
          ledgerTable(synthesis.ledger, options),
          ...synthesis.ledger.slice(0, 3).map(rowText),
          section('Grouped', synthesis.groups.map(groupLine)),
          contradictionText(synthesis),
          reconciliationTable(synthesis, options),
          section('Must add up', synthesis.conservation.map(conservationLine)),
          section('Not proposed', notProposedLines(synthesis.notProposed, options.rows)),
          section(
            'Not known',
            synthesis.unknowns.map(({ what, settledBy }) => `${what}; settled by ${settledBy}`),
          ),
          section('Missing context (blocks a verdict)', synthesis.missingContext.length === 0 ? [] : [synthesis.missingContext.join(', ')]),
          section('Sources', inventoryLines(synthesis)),
          section('Written', synthesis.written ?? []),
        ].join('')
  return wrapText(`${text}\n${nextLines(next).join('\n')}\n`, options.width)
}

function headline({ bundle, bottlenecks, sol_rigor, focus, deployment }: Synthesis): string {
  const engine =
    deployment === undefined ? 'engine not known' : [deployment.engine.name, deployment.engine.version].filter(Boolean).join(' ')
  const [largest, ...others] = bottlenecks
  const found =
    largest === undefined
      ? 'the evidence carries no bottleneck class'
      : `${largest.class}-bound (${formatRatio(largest.share)}): ${largest.why}`
  const rest = others.slice(0, 3).map((each) => `also ${each.class}, ${formatRatio(each.share)}: ${each.why}`)
  const lines = [found, ...rest].map((line) => `  ${oneLine(line)}\n`).join('')
  return `${bundle.family}/${bundle.run_id}: ${engine}, focus ${focus}, rigor ${sol_rigor}\n${lines}`
}

function ledgerTable(rows: readonly LedgerRow[], { width, rows: most }: RenderOptions): string {
  if (rows.length === 0) return '\nLevers\n  none: no lever can be carried by this evidence\n'
  const right = (title: string) => ({ title, align: 'right' as const })
  const cells = rows
    .slice(0, most)
    .map((row) => [
      row.handle,
      row.lever,
      row.type,
      effectCell(row),
      row.sol_rigor,
      row.confidence_score.toFixed(2),
      `${row.confidence}${row.status === 'DRAFT' ? '' : ` ${row.status}`}`,
      oneLine(row.change.summary),
    ])
  const columns = [{ title: '' }, { title: 'lever' }, { title: 'type' }, { title: 'predicted' }, { title: 'rigor' }, right('confidence')]
  return `\nLevers, best first\n${table([...columns, { title: 'standing' }, { title: 'change', shrinks: true }], cells, { width, indent: '  ' })}`
}

function effectCell({ effects, bound }: LedgerRow): string {
  const [first] = effects
  if (first === undefined) return `at most ${formatRatio(bound.ceilingRatio)}`
  const { metric, change } = first
  return `${metric} ${formatRatio(change.median)} better (${formatRatio(change.low)} to ${formatRatio(change.high)})`
}

function rowText(row: LedgerRow): string {
  const { change, preconditions, cost } = row
  const unfair = unfairBaseline(row)
  const unsettled = unsettledWords(row)
  return section(`${row.handle} ${row.lever} (${row.type}, ${row.confidence})`, [
    row.title,
    ...row.because,
    `Effect: ${row.expected_effect}`,
    ...(change.arguments ?? []),
    ...(change.environment ?? []),
    ...(change.source === undefined ? [] : [`${change.source.file} ${change.source.symbol}: ${change.source.sketch}`]),
    ...(change.kernel === undefined ? [] : [`kernel: ${change.kernel.candidate} against ${change.kernel.baseline}`]),
    ...(row.krhpa === undefined
      ? []
      : [`K/R/H/P/A as given: ${coordinateText(row.krhpa.candidate)} against ${coordinateText(row.krhpa.baseline)}`]),
    ...(unfair === undefined ? [] : [`A win stays DRAFT: ${unfair}`]),
    ...change.sideEffects.map((each) => `Side effect: ${each}`),
    ...preconditions.map(({ what, state, why }) => `${state === 'met' ? 'Holds' : 'Not known'}: ${what} (${why})`),
    ...row.risks.map((each) => `Risk: ${each}`),
    ...(row.accuracyGate ? ['Needs an accuracy gate: answers may change'] : []),
    `Refuted by: ${row.falsifier}`,
    `Confidence: ${confidenceWords(row)}; ${cost.hours} h to set up (${cost.why})`,
    ...(unsettled === undefined ? [] : [`Not confirmed: ${unsettled}`]),
    ...(row.outcome === undefined ? [] : [`Tried: ${row.status} in ${row.outcome.trial}, ${row.outcome.why}`]),
    `Evidence: ${row.evidence_artifacts.map(({ path }) => path).join(', ')}; citations ${row.citations.join(', ')}`,
  ])
}

const groupLine = ({ part, rows, note, together }: Synthesis['groups'][number]): string =>
  `${rows.join(', ')} (${part}): ${note}${together === undefined ? '' : `; ${formatRatio(together.median)} at most together`}`

function contradictionText({ contradictions }: Synthesis): string {
  return section(
    'Contradictions',
    contradictions.flatMap(({ id, says, difference, tolerance, likelyCauses, settledBy }) => [
      `${id}: ${says.map(({ source, what, value, unit }) => `${source} says ${what} ${rounded(value)} ${unit}`).join(', ')}`,
      `differs by ${rounded(difference)}, tolerance ${rounded(tolerance)}; likely ${likelyCauses[0] ?? 'not known'}; settled by ${settledBy}`,
    ]),
  )
}

const rounded = (value: number): string => String(Number(value.toPrecision(4)))

const conservationLine = ({ law, whole, parts, state, why }: Synthesis['conservation'][number]): string =>
  `${law}: ${rounded(parts)} of ${rounded(whole)}, ${state}${why === undefined ? '' : ` (${why})`}`

function reconciliationTable({ reconciliation }: Synthesis, { width, rows }: RenderOptions): string {
  const shown = reconciliation.filter(({ level }) => level === 'family').slice(0, rows)
  if (shown.length === 0) return ''
  const ratio = (cell: { value: number } | undefined): string => (cell === undefined ? '-' : formatRatio(cell.value))
  const right = (title: string) => ({ title, align: 'right' as const })
  const columns = [
    { title: 'family', shrinks: true },
    right('nsys per step'),
    right(shown.some(({ timeNsPerStep }) => timeNsPerStep !== undefined) ? 'of step' : 'of kernel time'),
    right('of zymtrace'),
    right('of its roof'),
  ]
  return `\nReconciliation\n${table(
    [...columns, right('tensor'), right('covered')],
    shown.map((row) => [
      row.name,
      row.timeNsPerStep === undefined ? '-' : formatDuration(row.timeNsPerStep.value),
      ratio(row.timeShare),
      ratio(row.sampledShare),
      ratio(row.roofRatio),
      ratio(row.tensorRatio),
      row.coveredRatio === undefined ? '-' : formatRatio(row.coveredRatio),
    ]),
    { width, indent: '  ' },
  )}`
}

const inventoryLines = ({ inventory }: Synthesis): string[] =>
  inventory.map(({ source, kind, state, tier, reasons }) => {
    const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`
    return `${state === 'valid' ? 'ok     ' : 'REFUSED'} ${kind}${tier === undefined ? '' : ` (${tier})`} ${source.path}${why}`
  })

function refusedText(synthesis: Synthesis): string {
  const { bundle, refusal, counted } = synthesis
  const lines = refusal === undefined ? [] : refusal.capture.map(({ kind, why, command }) => `${kind}: ${why}\n    ${command}`)
  return [
    `${bundle.family}/${bundle.run_id}: nothing is synthesized\n  ${oneLine(refusal?.reason ?? '')}\n`,
    section(`Sources (${formatCount(counted.files)} files)`, inventoryLines(synthesis)),
    lines.length === 0 ? '' : `\nCapture next\n${lines.map((line) => `  ${line}\n`).join('')}`,
  ].join('')
}
