/** Page 6: what DCGM measured of the whole workload against its ceilings, every cell. */
import { absent, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { counted, isNumber, measured, name, number, text } from '#analysis/report/table.ts'
import type { DcgmCorrelation, DcgmResource } from '#formats/dcgm-correlation.ts'

/** Readings that may be held against a ceiling; a fallback that cannot says so by a null. */
const isUsable = ({ standing, sol_pct }: DcgmResource): boolean => standing !== 'not-usable' && isNumber(sol_pct)

const shownName = ({ resource, metric, peak_key }: DcgmResource): string => resource ?? `${metric} (${peak_key})`

function barsOf(all: readonly { readonly cell: string; readonly dcgm: DcgmCorrelation }[]) {
  return all.flatMap(({ cell, dcgm }) =>
    // One bar per reading: a second ceiling for the same one would be a second number for it (trap E12).
    dcgm.resources
      .filter((each) => isUsable(each) && each.is_headline !== false)
      .map((each) => ({
        label: `${cell} · ${shownName(each)}`,
        value: each.sol_pct ?? 0,
        ...(each.standing === 'upper-bound' ? { detail: 'at most' } : {}),
      })),
  )
}

export function dcgmSol(subject: ReportSubject): PageAnswer {
  const all = subject.cells.flatMap(({ id, dcgm }) => (dcgm?.resources.some(isUsable) === true ? [{ cell: id, dcgm }] : []))
  if (all.length === 0) return absent('no cell has a dcgm_correlation.json with a reading against a ceiling (sextant dcgm correlate)')
  const bars = barsOf(all)
  const largest = bars.toSorted((a, b) => b.value - a.value)[0]
  const energy = all.filter(({ dcgm }) => dcgm.energy !== undefined)
  return {
    page: {
      id: 'dcgm-sol',
      number: '6',
      title: 'The workload against the hardware (DCGM)',
      lead: `${largest === undefined ? '' : `Nearest to its ceiling: ${largest.label}, ${largest.value.toFixed(1)} %. `}${counted(all.length, 'cell')} measured.`,
      figures: bars.length === 0 ? [] : [{ kind: 'bars', title: 'Share of the ceiling', unit: '%', end: 100, rows: bars }],
      tables: [
        {
          title: 'Every reading',
          columns: [
            name('cell'),
            text('resource'),
            text('metric'),
            text('standing'),
            number('of the ceiling', '%'),
            number('ceiling'),
            text('unit'),
            number('a GPU', 'TB/s'),
            number('a GPU', 'TFLOP/s'),
          ],
          rows: all.flatMap(({ cell, dcgm }) =>
            dcgm.resources.map((each) => [
              cell,
              each.resource ?? '',
              each.metric,
              each.standing,
              measured(each.sol_pct),
              measured(each.peak_per_gpu),
              each.peak_per_gpu_units ?? '',
              isNumber(each.measured_bytes_per_s) ? each.measured_bytes_per_s / 1e12 : null,
              measured(each.measured_tflops_avg),
            ]),
          ),
        },
        {
          title: 'Windows',
          columns: [
            name('cell'),
            number('GPUs'),
            number('seconds', undefined, 6),
            text('counters'),
            number('power', 'W/GPU'),
            number('energy', 'J', 6),
          ],
          rows: all.map(({ cell, dcgm }) => [
            cell,
            dcgm.n_gpus,
            dcgm.duration_s,
            dcgm.dcgm_group_level,
            measured(dcgm.power_watts_per_gpu),
            measured(dcgm.energy?.joules),
          ]),
        },
      ],
      how: [
        'Mean over GPUs of each GPU’s time-weighted mean in the window, against the ceiling of its hardware. L3. The sources are the dcgm_correlation.json of each cell.',
        ...[
          ...new Set(
            all.flatMap(({ dcgm }) =>
              dcgm.resources.filter(isUsable).map((each) => `${each.metric}: ${each.may_be_called}; not ${each.must_not_be_called}`),
            ),
          ),
        ].sort(),
        ...(energy.length === 0 ? [] : ['Energy is of the boards only: no CPU, NIC, fans or power supplies.']),
      ],
      notes: all.flatMap(({ cell, dcgm }) => dcgm.findings.map(({ text: said }) => `${cell}: ${said}`)),
      missing: all.flatMap(({ cell, dcgm }) => (dcgm.short_sweep_warning ? [`${cell}: the window is too short to be trusted`] : [])),
    },
  }
}
