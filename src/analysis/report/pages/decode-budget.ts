/** Where a decode step's time goes, per device: the parts sum to the cadence because means do (medians need not). */
import { absent, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { counted, name, number, text } from '#analysis/report/table.ts'
import type { BudgetDevice, PartSpreads } from '#formats/decode-budget.ts'
import type { Bars, Stacked } from '#formats/report.ts'

const parts: readonly (readonly [keyof PartSpreads, string])[] = [
  ['computeNs', 'compute'],
  ['opaqueGraphNs', 'opaque graphs'],
  ['communicationExposedNs', 'exposed communication'],
  ['copyExposedNs', 'exposed copies'],
  ['hostGapWithinNs', 'idle within'],
  ['hostGapBetweenNs', 'idle between steps'],
]

interface Measured {
  readonly label: string
  readonly device: BudgetDevice
  readonly parts: PartSpreads
  readonly cadenceMeanNs: number
}

const stackedOf = (all: readonly Measured[]): Stacked => ({
  kind: 'stacked',
  title: 'Mean time of a decode step by what it goes to, every device',
  unit: 'ms',
  rows: all.map((each) => ({
    label: each.label,
    parts: parts.map(([key, label]) => ({ name: label, value: each.parts[key].meanNs / 1e6 })).filter(({ value }) => value > 0),
  })),
})

/** What the step of one device goes to, each part where the one before ended: together they are the step. */
function waterfall({ label, parts: spreads }: Measured): Bars {
  let at = 0
  const rows = parts.flatMap(([key, name]) => {
    const value = spreads[key].meanNs / 1e6
    const from = at
    at += value
    return value > 0 ? [{ label: name, value, from }] : []
  })
  return { kind: 'bars', title: `A decode step of ${label}, part after part`, unit: 'ms', rows }
}

const labelOf = (name: string, device: BudgetDevice): string =>
  `${name} · ${device.rank === undefined ? `device ${device.device}` : `rank ${device.rank}`}`

export function decodeBudget({ budgets }: ReportSubject): PageAnswer {
  if (budgets.length === 0) return absent('no file of the folder is a decode-budget/1 (sextant decode-budget CAPTURE --json)')
  const all: Measured[] = budgets.flatMap(({ name: file, budget }) =>
    budget.devices.flatMap((device) =>
      device.state === 'measured' && device.parts !== undefined && device.cadenceNs !== undefined
        ? [{ label: labelOf(file, device), device, parts: device.parts, cadenceMeanNs: device.cadenceNs.meanNs }]
        : [],
    ),
  )
  const unknown = budgets.flatMap(({ name: file, budget }) => budget.unknowns.map(({ reason }) => `${file}: ${reason}`))
  if (all.length === 0) return absent(`no device of a decode budget was measured: ${unknown.join('; ')}`)
  // The slowest decides when a step ends.
  const [first] = all.toSorted((a, b) => b.cadenceMeanNs - a.cadenceMeanNs || (a.label < b.label ? -1 : 1))
  return {
    page: {
      id: 'decode-budget',
      title: 'Decode step',
      lead:
        first === undefined
          ? ''
          : `${all.length > 1 ? 'Slowest: ' : ''}${first.label}: ${(first.cadenceMeanNs / 1e6).toFixed(2)} ms a step, ${first.device.verdict?.class ?? 'class unknown'}. ${counted(all.length, 'device')}.`,
      figures: [...(first === undefined ? [] : [waterfall(first)]), ...(all.length < 2 ? [] : [stackedOf(all)])],
      tables: [
        {
          title: 'Parts of a step (mean)',
          columns: [
            name('device'),
            number('step', 'ms'),
            ...parts.map(([, label]) => number(label, 'ms')),
            text('class'),
            number('at most', '%'),
          ],
          rows: all.map((each) => [
            each.label,
            each.cadenceMeanNs / 1e6,
            ...parts.map(([key]) => each.parts[key].meanNs / 1e6),
            each.device.verdict?.class ?? 'unknown',
            each.device.verdict === undefined ? null : each.device.verdict.atMostRatio * 100,
          ]),
        },
      ],
      how: [
        'Means over the decode steps that count; the parts of a step sum to its cadence. At most: the share of the step that the named lever can win. L2.',
      ],
      notes: [],
      missing: unknown,
    },
  }
}
