/** Page 7: prefill and decode, swept: how busy DRAM, the matrix units and the SMs were (L3). */
import { absent, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { isNumber, measured, name, number, text } from '#analysis/report/table.ts'
import type { RooflineSweep, RooflineSweepPoint } from '#formats/campaign.ts'
import type { Scatter } from '#formats/report.ts'

/** The field's line for "near the memory roof" (facts/formats.md section 11): what a streaming kernel reaches in practice. */
const NEAR_ROOF_PCT = 75

interface Sweep {
  readonly cell: string
  readonly sweep: RooflineSweep
  readonly points: readonly RooflineSweepPoint[]
}

const swept = ({ phase, concurrency, isl }: RooflineSweepPoint): number | null | undefined => (phase === 'decode' ? concurrency : isl)

/** Points with a reading. Ramp and drain dominate one below twice its concurrency in requests: it stays in the table only. */
function sweepsOf({ cells }: ReportSubject): Sweep[] {
  return cells.flatMap(({ id, roofline }) => {
    const points =
      roofline?.points.filter(({ dram_active, tensor_active, sm_active }) => [dram_active, tensor_active, sm_active].some(isNumber)) ?? []
    return roofline === undefined || points.length === 0 ? [] : [{ cell: id, sweep: roofline, points }]
  })
}

function figureOf(sweeps: readonly Sweep[], phase: 'decode' | 'prefill', what: 'dram' | 'units'): Scatter[] {
  const readings: readonly (readonly [string, (point: RooflineSweepPoint) => number | null | undefined])[] =
    what === 'dram'
      ? [['DRAM', ({ dram_active }) => dram_active]]
      : [
          ['matrix units', ({ tensor_active }) => tensor_active],
          ['SMs', ({ sm_active }) => sm_active],
        ]
  const series = sweeps
    .filter(({ sweep }) => sweep.phase === phase)
    .flatMap(({ cell, points }) =>
      readings.flatMap(([reading, of]) => {
        const drawn = points.flatMap((point) => {
          const [x, y] = [swept(point), of(point)]
          return point.is_steady !== false && isNumber(x) && x > 0 && isNumber(y) ? [{ x, y: y * 100 }] : []
        })
        return drawn.length === 0 ? [] : [{ name: `${cell} · ${reading}`, joined: true, points: drawn }]
      }),
    )
  if (series.length === 0) return []
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x))
  const [least, most] = [Math.min(...xs), Math.max(...xs)]
  const limit = {
    name: `${NEAR_ROOF_PCT} %`,
    points: [
      { x: least, y: NEAR_ROOF_PCT },
      { x: most, y: NEAR_ROOF_PCT },
    ],
  }
  return [
    {
      kind: 'scatter',
      title: `${phase === 'decode' ? 'Decode' : 'Prefill'}: ${what === 'dram' ? 'DRAM active' : 'matrix units and SMs active'}`,
      x: { label: phase === 'decode' ? 'concurrency' : 'input tokens', scale: 'log' },
      y: { label: '% of the time', scale: 'linear' },
      series,
      lines: what === 'dram' && most > least ? [limit] : [],
    },
  ]
}

const percent = (value: number | null | undefined): number | null => (isNumber(value) ? value * 100 : null)

export function phaseRoofline(subject: ReportSubject): PageAnswer {
  const sweeps = sweepsOf(subject)
  if (sweeps.length === 0) return absent('no cell has a roofline sweep with DCGM beside it (sextant campaign import-roofline-sweep)')
  const phases = ['decode', 'prefill'] as const
  const figures = phases.flatMap((phase) => [...figureOf(sweeps, phase, 'dram'), ...figureOf(sweeps, phase, 'units')])
  const unsteady = sweeps.reduce((sum, { points }) => sum + points.filter(({ is_steady }) => is_steady === false).length, 0)
  const lacking = phases.filter((phase) => !sweeps.some(({ sweep }) => sweep.phase === phase))
  return {
    page: {
      id: 'phase-roofline',
      number: '7',
      title: 'Prefill and decode',
      lead: `How busy the hardware is as load grows, in ${sweeps.map(({ cell }) => cell).join(', ')}.`,
      figures,
      tables: [
        {
          title: 'Every point of the sweeps',
          columns: [
            name('cell'),
            text('phase'),
            number('c'),
            number('input', 'tokens', 9),
            number('DRAM', '%'),
            number('matrix units', '%'),
            number('SMs', '%'),
            number('output', 'tok/s'),
            number('median TPOT', 'ms'),
            text('steady'),
          ],
          rows: sweeps.flatMap(({ cell, points }) =>
            points.map((point) => [
              cell,
              point.phase,
              measured(point.concurrency),
              measured(point.isl),
              percent(point.dram_active),
              percent(point.tensor_active),
              percent(point.sm_active),
              measured(point.output_throughput),
              measured(point.median_tpot_ms),
              point.is_steady === undefined ? 'not said' : point.is_steady ? 'yes' : 'no',
            ]),
          ),
        },
      ],
      how: [
        'Means of DCGM’s ratios over the steady part of each run, per GPU. L3. The matrix units count as active whatever the data type: no share of a FLOP peak.',
        'Per GPU throughout; ceilings of several GPUs are never added.',
      ],
      notes:
        unsteady === 0
          ? []
          : [
              `${unsteady} ${unsteady === 1 ? 'point has' : 'points have'} fewer requests than twice the concurrency: in the table, not in the charts.`,
            ],
      missing: [
        'intensity against TFLOP/s: FLOP per token needs the active parameters of the model, which no file of the sweep says',
        ...lacking.map((phase) => `${phase}: not swept`),
      ],
    },
  }
}
