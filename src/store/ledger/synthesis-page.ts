/** `findings/synthesis-<time>.md`: the synthesis as a page. What comes from captures and people is made inert. */
import type { LedgerRow } from '#formats/ledger.ts'
import type { Synthesis } from '#formats/synthesis.ts'
import { confidenceWords, unsettledWords } from '#model/ledger-words.ts'
import { inert } from '#store/baselines/pages.ts'

const percent = (ratio: number): string => `${(100 * ratio).toFixed(1)} %`
const number = (value: number): string => String(Number(value.toPrecision(4)))

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ['None.']
  return [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

export function synthesisPage(synthesis: Synthesis, atUtc: string): string {
  const { bundle, focus, sol_rigor } = synthesis
  return `${[
    `# Synthesis of ${inert(bundle.family)}/${inert(bundle.run_id)}`,
    '',
    `${inert(atUtc)}, focus ${focus}, rigor ${sol_rigor}. Every figure is a citation (c-…) of the JSON beside this page; \`sextant verify\` computes them again from the artifacts. Predictions are DRAFT until a trial proves them.`,
    '',
    ...part('Where the time goes', bottlenecks(synthesis)),
    ...part('Ledger', ledger(synthesis.ledger)),
    ...synthesis.ledger.flatMap(rowLines),
    ...part('Grouped', list(synthesis.groups.map(({ part: of, rows, note }) => `${rows.join(', ')} (${inert(of)}): ${inert(note)}`))),
    ...part('Contradictions', contradictions(synthesis)),
    ...part('Agreements', agreements(synthesis)),
    ...part('Reconciliation', reconciliation(synthesis)),
    ...part('What must add up', conservation(synthesis)),
    ...part('Not proposed', list(synthesis.notProposed.map(({ lever, reason }) => `${inert(lever)}: ${inert(reason)}`))),
    ...part('Not known', list(synthesis.unknowns.map(({ what, settledBy }) => `${inert(what)}; settled by ${inert(settledBy)}`))),
    ...part('Missing context', list(synthesis.missingContext.map(inert))),
    ...part('Sources', sources(synthesis)),
    ...part('Next', [
      `- Lever: ${inert(synthesis.next.lever)}`,
      `- Expected unlock: ${inert(synthesis.next.expectedUnlock)}`,
      `- Gate: ${inert(synthesis.next.gate)}`,
    ]),
  ].join('\n')}\n`
}

const part = (heading: string, lines: readonly string[]): string[] => [`## ${heading}`, '', ...lines, '']
const list = (lines: readonly string[]): string[] => (lines.length === 0 ? ['None.'] : lines.map((line) => `- ${line}`))

const bottlenecks = ({ bottlenecks: rows }: Synthesis): string[] =>
  rows.length === 0
    ? ['The evidence carries no class.']
    : list(rows.map((row) => `${row.class}, ${percent(row.share)}: ${inert(row.why)} (${row.citations.join(', ')})`))

const ledger = (rows: readonly LedgerRow[]): string[] =>
  table(
    ['rank', 'lever', 'type', 'expected_effect', 'evidence_artifacts', 'source_refs', 'sol_rigor', 'confidence'],
    rows.map((row) => [
      String(row.rank),
      inert(row.lever),
      row.type,
      inert(row.expected_effect),
      row.evidence_artifacts.map(({ path }) => inert(path)).join(', '),
      row.source_refs.map(({ url, delivery }) => `${url} (${delivery})`).join(', ') || '-',
      row.sol_rigor,
      `${row.confidence}${row.status === 'DRAFT' ? '' : `, ${row.status}`} (${row.confidence_score.toFixed(2)})`,
    ]),
  )

function rowLines(row: LedgerRow): string[] {
  const { change } = row
  const unsettled = unsettledWords(row)
  const diff = [...(change.arguments ?? []), ...(change.environment ?? [])]
  return [
    `### ${row.handle} ${inert(row.lever)}: ${inert(row.title)}`,
    '',
    ...list([
      ...row.because.map(inert),
      `Change: ${inert(change.summary)}`,
      ...(change.source === undefined
        ? []
        : [`${inert(change.source.file)} ${inert(change.source.symbol)}: ${inert(change.source.sketch)}`]),
      ...change.sideEffects.map((each) => `Side effect: ${inert(each)}`),
      ...row.preconditions.map(({ what, state, why }) => `${state}: ${inert(what)} (${inert(why)})`),
      ...row.bound.assumptions.map((each) => `Assumes: ${inert(each)}`),
      ...row.risks.map((each) => `Risk: ${inert(each)}`),
      `Refuted by: ${inert(row.falsifier)}`,
      `Confidence: ${confidenceWords(row)}`,
      ...(unsettled === undefined ? [] : [`Not confirmed: ${unsettled}`]),
      `Citations: ${row.citations.join(', ')}`,
      ...(row.outcome === undefined ? [] : [`Tried in ${inert(row.outcome.trial)}: ${row.status}, ${inert(row.outcome.why)}`]),
    ]),
    '',
    // Four spaces: code without a fence that a line could close.
    ...(diff.length === 0 ? [] : [...diff.map((line) => `    ${line.replace(/\s+/g, ' ')}`), '']),
  ]
}

function contradictions({ contradictions: rows }: Synthesis): string[] {
  return table(
    ['what', 'says', 'difference', 'tolerance', 'likely causes', 'settled by'],
    rows.map((row) => [
      row.id,
      row.says
        .map(({ source, what, value, unit, citation }) => `${inert(source)}: ${inert(what)} ${number(value)} ${unit} (${citation})`)
        .join('; '),
      number(row.difference),
      `${number(row.tolerance)} (${inert(row.toleranceFrom)})`,
      row.likelyCauses.map(inert).join('; '),
      inert(row.settledBy),
    ]),
  )
}

const agreements = ({ agreements: rows }: Synthesis): string[] =>
  list(rows.map((row) => `${row.id}: ${row.says.map(({ source, value, unit }) => `${inert(source)} ${number(value)} ${unit}`).join(', ')}`))

function reconciliation({ reconciliation: rows }: Synthesis): string[] {
  const cell = (of: { value: number; citation: string } | undefined, as: (value: number) => string): string =>
    of === undefined ? '-' : `${as(of.value)} (${of.citation})`
  return table(
    [
      'level',
      'name',
      'zymtrace',
      'ns per step',
      'nsys share',
      'gap before',
      'in graphs',
      'of roof',
      'tensor',
      'occupancy',
      'stall',
      'covered',
    ],
    rows.map((row) => [
      row.level,
      inert(row.name),
      cell(row.sampledShare, percent),
      cell(row.timeNsPerStep, number),
      cell(row.timeShare, percent),
      cell(row.hostGapBeforeNs, number),
      cell(row.inGraphRatio, percent),
      cell(row.roofRatio, percent),
      cell(row.tensorRatio, percent),
      cell(row.occupancyRatio, percent),
      row.topStall === undefined ? '-' : inert(row.topStall),
      row.coveredRatio === undefined ? '-' : percent(row.coveredRatio),
    ]),
  )
}

const conservation = ({ conservation: rows }: Synthesis): string[] =>
  table(
    ['law', 'whole', 'parts', 'residual', 'tolerance', 'state'],
    rows.map((row) => [
      inert(row.law),
      number(row.whole),
      number(row.parts),
      number(row.residual),
      percent(row.toleranceRatio),
      row.why === undefined ? row.state : `${row.state}: ${inert(row.why)}`,
    ]),
  )

const sources = ({ inventory }: Synthesis): string[] =>
  table(
    ['file', 'sha256', 'kind', 'state', 'rigor', 'reasons'],
    inventory.map(({ source, kind, state, tier, reasons }) => [
      inert(source.path),
      source.sha256,
      kind,
      state,
      tier ?? '-',
      reasons.map(inert).join('; ') || '-',
    ]),
  )
