/** Page 3: what kernel time goes to, in every cell that has kernels.json. */
import { absent, type PageAnswer, type ReportSubject } from '#analysis/report/report-subject.ts'
import { counted, name, number, text } from '#analysis/report/table.ts'
import type { KernelsJson } from '#formats/kernels-json.ts'
import type { ReportTable, Stacked } from '#formats/report.ts'

/** As the field's page (facts/formats.md section 11); with many cells fewer each, so that the page can be read. All are in kernels.json. */
const TOP = { few: 20, many: 5, fewCells: 10 }
export const isMany = (cells: number): boolean => cells > TOP.fewCells
const FRAMES = 10

export interface CellKernels {
  readonly cell: string
  readonly kernels: KernelsJson
  readonly total: number
}

/** Cells whose kernels took anything: an empty list is none (trap H1). */
export const cellKernels = ({ cells }: ReportSubject): CellKernels[] =>
  cells.flatMap(({ id, kernels }) => {
    if (kernels === undefined) return []
    const total = Object.values(kernels.per_category).reduce((sum, value) => sum + value, 0)
    return total > 0 ? [{ cell: id, kernels, total }] : []
  })

export const unitOf = ({ samples_unit, captured_sources }: KernelsJson): string =>
  samples_unit ?? (captured_sources.includes('zymtrace') ? 'samples' : 'unit not said')

function stacked(all: readonly CellKernels[]): Stacked {
  return {
    kind: 'stacked',
    title: 'Share of kernel time by category',
    unit: '%',
    rows: all.map(({ cell, kernels, total }) => ({
      label: cell,
      parts: Object.entries(kernels.per_category)
        .filter(([, value]) => value > 0)
        .map(([category, value]) => ({ name: category, value: (value / total) * 100 }))
        .sort((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1)),
    })),
  }
}

function categoryTable(all: readonly CellKernels[]): ReportTable {
  return {
    title: 'By category',
    columns: [name('cell'), name('category'), number('share', '%'), number('amount', undefined, 12), text('unit')],
    rows: all.flatMap(({ cell, kernels, total }) =>
      Object.entries(kernels.per_category)
        .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
        .map(([category, value]) => [cell, category, (value / total) * 100, value, unitOf(kernels)]),
    ),
  }
}

function kernelTable(all: readonly CellKernels[]): ReportTable {
  const top = isMany(all.length) ? TOP.many : TOP.few
  return {
    title: `The ${top} largest kernels of each cell`,
    columns: [name('cell'), number('#'), name('kernel'), name('category'), number('share', '%')],
    rows: all.flatMap(({ cell, kernels, total }) =>
      kernels.top_kernels
        .toSorted((a, b) => b.samples - a.samples || (a.name < b.name ? -1 : 1))
        .slice(0, top)
        .map(({ name: kernel, category, samples }, index) => [cell, index + 1, kernel, category, (samples / total) * 100]),
    ),
    note: 'Share of all kernel time of the cell. Every kernel: kernels.json of the cell.',
  }
}

function deviceTable(all: readonly CellKernels[]): ReportTable[] {
  const rows = all.flatMap(({ cell, kernels }) =>
    kernels.per_gpu.map(({ gpu_name, gpu_uuid, samples }) => [cell, gpu_name, gpu_uuid, samples, unitOf(kernels)]),
  )
  const columns = [name('cell'), name('GPU'), name('UUID'), number('amount', undefined, 12), text('unit')]
  return rows.length === 0 ? [] : [{ title: 'By GPU', columns, rows }]
}

function frameTable(all: readonly CellKernels[]): ReportTable[] {
  const rows = all.flatMap(({ cell, kernels }) =>
    kernels.top_python_during_cuda.slice(0, FRAMES).map(({ frame, samples }) => [cell, frame, samples]),
  )
  const columns = [name('cell'), name('Python frame'), number('samples', undefined, 12)]
  return rows.length === 0 ? [] : [{ title: 'Python frames while the GPU worked', columns, rows }]
}

export function kernelBreakdown(subject: ReportSubject): PageAnswer {
  const all = cellKernels(subject)
  if (all.length === 0) return absent('no cell has kernels.json with time in it (sextant export-kernels)')
  const first = all[0]
  const largest = first === undefined ? undefined : Object.entries(first.kernels.per_category).toSorted((a, b) => b[1] - a[1])[0]
  const figure = stacked(all)
  const lead =
    first === undefined || largest === undefined
      ? ''
      : `In ${first.cell} most kernel time is ${largest[0]}: ${((largest[1] / first.total) * 100).toFixed(1)} %. ${counted(all.length, 'cell')} with kernels.`
  const unknownUnit = all.filter(({ kernels }) => unitOf(kernels) === 'unit not said').map(({ cell }) => cell)
  return {
    page: {
      id: 'kernel-breakdown',
      number: '3',
      title: 'Kernels',
      lead,
      figures: [figure],
      tables: [categoryTable(all), kernelTable(all), ...deviceTable(all), ...frameTable(all)],
      how: [
        'From kernels.json of each cell: time of kernels summed over streams (nsys) or samples (zymtrace). Shares of kernel time, not of wall time; L1.',
      ],
      notes: unknownUnit.length === 0 ? [] : [`${unknownUnit.join(', ')}: the file does not say whether its amounts are samples or ns.`],
      missing: [],
    },
  }
}
