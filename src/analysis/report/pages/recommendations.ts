/** What to change first: the newest synthesis of the folder, its contradictions and what trials found. */
import { absent, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { counted, name, number, text } from '#analysis/report/table.ts'
import { type LedgerRow, settledStatuses } from '#formats/ledger.ts'
import type { ReportTable } from '#formats/report.ts'
import type { Synthesis } from '#formats/synthesis.ts'

function ledgerTable(ledger: readonly LedgerRow[]): ReportTable {
  return {
    title: 'Levers, first to try first',
    columns: [
      number('rank'),
      name('lever'),
      text('type'),
      text('expected effect'),
      number('at most', '%'),
      number('confidence'),
      text('rigor'),
      text('status'),
      text('what would refute it'),
    ],
    rows: ledger.map((row) => [
      row.rank,
      `${row.lever}: ${row.title}`,
      row.type,
      row.expected_effect,
      row.bound.ceilingRatio * 100,
      row.confidence_score,
      row.sol_rigor,
      row.status,
      row.falsifier,
    ]),
    note: 'Payoffs of levers on one part of the step overlap: they are not to be added.',
  }
}

function trialTable(ledger: readonly LedgerRow[]): ReportTable[] {
  const rows = ledger.flatMap(({ lever, status, outcome }) =>
    outcome === undefined
      ? []
      : [
          [
            lever,
            status,
            outcome.measured === undefined ? null : outcome.measured * 100,
            outcome.insidePrediction === undefined ? 'not said' : outcome.insidePrediction ? 'yes' : 'no',
            outcome.why,
            outcome.trial,
          ],
        ],
  )
  const columns = [name('lever'), text('verdict'), number('measured', '%'), text('inside prediction'), text('why'), text('trial')]
  return rows.length === 0 ? [] : [{ title: 'Trials', columns, rows }]
}

function contradictionTable({ contradictions }: Synthesis): ReportTable[] {
  const rows = contradictions.flatMap(({ id, says, settledBy, likelyCauses }) =>
    says.map(({ source, what, value, unit }, index) => [
      id,
      source,
      what,
      value,
      unit,
      index === 0 ? likelyCauses.join('; ') : '',
      index === 0 ? settledBy : '',
    ]),
  )
  const columns = [
    text('contradiction'),
    name('source'),
    text('says'),
    number('value'),
    text('unit'),
    text('likely causes'),
    text('settled by'),
  ]
  return rows.length === 0 ? [] : [{ title: 'Where sources contradict each other', columns, rows }]
}

/** What the sources say together of each family, kernel or phase: the largest by time, all in the synthesis. */
const RECONCILED = 25

function reconciledTable({ reconciliation }: Synthesis): ReportTable[] {
  const percent = (cell: { readonly value: number } | undefined): number | null => (cell === undefined ? null : cell.value * 100)
  // One denominator for families and kernels alike: the step, which is the phase's own row.
  const stepNs = reconciliation.find(({ level, name: phase }) => level === 'phase' && phase === 'decode')?.timeNsPerStep?.value
  const rows = reconciliation
    .toSorted((a, b) => (b.timeNsPerStep?.value ?? 0) - (a.timeNsPerStep?.value ?? 0) || (a.name < b.name ? -1 : 1))
    .slice(0, RECONCILED)
    .map((row) => [
      row.level,
      row.name,
      row.timeNsPerStep === undefined ? null : row.timeNsPerStep.value / 1e3,
      stepNs === undefined ? percent(row.timeShare) : row.timeNsPerStep === undefined ? null : (row.timeNsPerStep.value / stepNs) * 100,
      percent(row.sampledShare),
      percent(row.roofRatio),
      percent(row.tensorRatio),
      percent(row.occupancyRatio),
      row.topStall ?? '',
    ])
  const columns = [
    text('level'),
    name('name'),
    number('time a step', 'us'),
    number(stepNs === undefined ? 'of kernel time (nsys)' : 'of the step (nsys)', '%'),
    number('of the samples (zymtrace)', '%'),
    number('of its roof (ncu)', '%'),
    number('matrix units (ncu)', '%'),
    number('occupancy (ncu)', '%'),
    text('top stall'),
  ]
  return rows.length === 0 ? [] : [{ title: `What the sources say together (the ${RECONCILED} largest at most)`, columns, rows }]
}

function bottleneckFigure({ bottlenecks }: Synthesis) {
  return bottlenecks.length === 0
    ? []
    : [
        {
          kind: 'bars' as const,
          title: 'What the step, or the focus metric, goes to',
          unit: '%',
          end: 100,
          rows: bottlenecks.map(({ class: label, share }) => ({ label, value: share * 100 })),
        },
      ]
}

/** Rows of the synthesis with what trials made of them since; below them what only the ledger still knows. */
function standingRows({ ledger: proposed }: Synthesis, ledger: ReportSubject['ledger']): LedgerRow[] {
  const left = new Map(ledger.map((row) => [row.lever, row]))
  const rows = proposed.map((row) => {
    const { status, outcome, confidence } = left.get(row.lever) ?? row
    left.delete(row.lever)
    return { ...row, status, confidence, ...(outcome === undefined ? {} : { outcome }) }
  })
  return [...rows, ...left.values()].map((row, index) => ({ ...row, rank: index + 1 }))
}

export function recommendations({ synthesis, ledger, kind }: ReportSubject): PageAnswer {
  if (synthesis === undefined) return absent(`no findings/synthesis-*.json in the ${kind} that can be read (sextant synthesize)`)
  if (synthesis.state === 'refused') return absent(`the newest synthesis refuses: ${synthesis.refusal?.reason ?? 'no reason given'}`)
  const rows = standingRows(synthesis, ledger)
  // What was tried is settled: the first to try is the first that is not.
  const first = rows.find(({ status }) => !settledStatuses.has(status)) ?? rows[0]
  if (first === undefined && synthesis.contradictions.length === 0 && synthesis.bottlenecks.length === 0)
    return absent('the newest synthesis proposes nothing')
  const bottlenecks: ReportTable[] =
    synthesis.bottlenecks.length === 0
      ? []
      : [
          {
            title: 'Bottlenecks',
            columns: [text('class'), number('share', '%'), text('why')],
            rows: synthesis.bottlenecks.map(({ class: label, share, why }) => [label, share * 100, why]),
          },
        ]
  return {
    page: {
      id: 'recommendations',
      title: 'What to change',
      lead:
        first === undefined
          ? 'No lever is proposed; see the contradictions and what is not known.'
          : `${settledStatuses.has(first.status) ? 'Tried' : 'First'}: ${first.title} (${first.status}): ${first.expected_effect}. ${counted(rows.length, 'lever')}.`,
      figures: bottleneckFigure(synthesis),
      tables: [
        ...bottlenecks,
        ...(first === undefined ? [] : [ledgerTable(rows)]),
        ...trialTable(rows),
        ...reconciledTable(synthesis),
        ...contradictionTable(synthesis),
        ...(synthesis.unknowns.length === 0
          ? []
          : [
              {
                title: 'Not known',
                columns: [text('what'), text('settled by')],
                rows: synthesis.unknowns.map(({ what, settledBy }) => [what, settledBy]),
              },
            ]),
      ],
      how: [
        `The newest synthesis, focus ${synthesis.focus}, ${synthesis.sol_rigor}. Expected effects are predictions (DRAFT) until a trial says otherwise; at most: the part of the step or metric that the lever can win.`,
      ],
      notes: synthesis.groups.map(({ part, rows, note }) => `${part} (${rows.join(', ')}): ${note}`),
      missing: synthesis.missingContext.length === 0 ? [] : [`context for a verdict: ${synthesis.missingContext.join(', ')}`],
    },
  }
}
