/**
 * `report/1`: a campaign or an evidence bundle as pages (facts/formats.md section 11). Figures are data: whoever draws them adds nothing.
 * Beside every figure stands a table with the same numbers. What has no valid data is no page: `coverage` says why.
 */
import * as z from 'zod'
import { focusSchema } from './campaign.ts'
import { nextLeverSchema, sourceSchema } from './source.ts'

const number = z.number()

export const reportColumnSchema = z.strictObject({
  title: z.string(),
  unit: z.exactOptional(z.string()),
  kind: z.enum(['text', 'number', 'name']).describe('name: of a stranger, shown as it is and may be long'),
  digits: z.exactOptional(z.int().min(1).max(17).describe('Significant digits when printed; 4 where absent. The value here is exact')),
})
export type ReportColumn = z.infer<typeof reportColumnSchema>

export const reportCellSchema = z.union([z.number(), z.string(), z.null()]).describe('null: not measured')
export type ReportCell = z.infer<typeof reportCellSchema>

export const reportTableSchema = z.strictObject({
  title: z.string(),
  columns: z.array(reportColumnSchema).min(1),
  rows: z.array(z.array(reportCellSchema)),
  note: z.exactOptional(z.string()),
})
export type ReportTable = z.infer<typeof reportTableSchema>

const axis = z.strictObject({ label: z.string(), scale: z.enum(['linear', 'log']) })
const xy = z.strictObject({ x: number, y: number, label: z.exactOptional(z.string()) })

export const scatterSchema = z.strictObject({
  kind: z.literal('scatter'),
  title: z.string(),
  x: axis,
  y: axis,
  series: z.array(z.strictObject({ name: z.string(), joined: z.boolean(), points: z.array(xy).min(1) })).min(1),
  lines: z.array(z.strictObject({ name: z.string(), points: z.array(xy).min(2) })).describe('Roofs and limits, drawn thin and named'),
})
export type Scatter = z.infer<typeof scatterSchema>

export const barsSchema = z.strictObject({
  kind: z.literal('bars'),
  title: z.string(),
  unit: z.string(),
  end: z.exactOptional(number.describe('Where the axis ends at least: 100 for per cent')),
  rows: z
    .array(
      z.strictObject({
        label: z.string(),
        value: number,
        detail: z.exactOptional(z.string()),
        from: z.exactOptional(number.describe('Where the bar begins: of a waterfall, at the end of the one before; 0 where absent')),
      }),
    )
    .min(1),
})
export type Bars = z.infer<typeof barsSchema>

export const stackedSchema = z.strictObject({
  kind: z.literal('stacked'),
  title: z.string(),
  unit: z.string(),
  rows: z
    .array(z.strictObject({ label: z.string(), parts: z.array(z.strictObject({ name: z.string(), value: number.nonnegative() })).min(1) }))
    .min(1),
})
export type Stacked = z.infer<typeof stackedSchema>

export const heatSchema = z.strictObject({
  kind: z.literal('heat'),
  title: z.string(),
  unit: z.string(),
  better: z.enum(['high', 'low']),
  columns: z.array(z.string()).min(1),
  rows: z.array(z.strictObject({ label: z.string(), values: z.array(number.nullable()) })).min(1),
})
export type Heat = z.infer<typeof heatSchema>

export const figureSchema = z.discriminatedUnion('kind', [scatterSchema, barsSchema, stackedSchema, heatSchema])
export type Figure = z.infer<typeof figureSchema>

/** Pages by the field’s numbers; the rest by name. */
export const pageIds = [
  'latency-throughput',
  'heat-tables',
  'kernel-breakdown',
  'category-sol',
  'ncu-roofline',
  'dcgm-sol',
  'category-attribution',
  'phase-roofline',
  'champion',
  'recommendations',
  'decode-budget',
  'findings',
  'source-under-test',
] as const
export const pageIdSchema = z.enum(pageIds)
export type PageId = z.infer<typeof pageIdSchema>

export const reportPageSchema = z.strictObject({
  id: pageIdSchema,
  number: z.exactOptional(z.string().describe('As the field numbers it: 1, 2, 6b…')),
  title: z.string(),
  lead: z.string().describe('What the page says, in a sentence with its figure'),
  figures: z.array(figureSchema),
  tables: z.array(reportTableSchema),
  how: z.array(z.string()).describe('How each number was made, and what it must not be called'),
  notes: z.array(z.string()),
  missing: z.array(z.string()).describe('What the page lacks: then it is partial'),
})
export type ReportPage = z.infer<typeof reportPageSchema>

export const coverageLineSchema = z.strictObject({
  page: pageIdSchema,
  number: z.exactOptional(z.string()),
  title: z.string(),
  state: z.enum(['rendered', 'partial', 'omitted']),
  reason: z.string().describe('Of an absent or partial page; empty for a whole one'),
})
export type CoverageLine = z.infer<typeof coverageLineSchema>

export const reportRigorSchema = z.strictObject({
  sol_rigor: z.enum(['L1', 'L2', 'L3', 'L4', 'none']).describe('From valid content only: an empty list proves nothing'),
  sol_complete: z.boolean(),
  dcgm_grounded: z.boolean(),
  sol_per_arm_complete: z.boolean(),
})

export const reportSchema = z.strictObject({
  schema: z.literal('report/1'),
  sources: z.array(sourceSchema),
  id: z.string().describe('Of the campaign or run'),
  kind: z.enum(['campaign', 'bundle']),
  title: z.string(),
  question: z.exactOptional(z.string()),
  focus: z.exactOptional(z.union([focusSchema, z.literal('cost')])),
  standing: z.enum(['draft', 'verdict']).describe('Of its claim; draft unless verdict.json or a chosen champion meets its rules'),
  rigor: reportRigorSchema,
  pages: z.array(reportPageSchema),
  coverage: z.array(coverageLineSchema).describe('Every page there is, in order'),
  cells: reportTableSchema.describe('Every cell with its status, and why where it is not full'),
  notes: z.array(z.string()),
})
export type Report = z.infer<typeof reportSchema>

/** `report_status.json`, as the field writes it. */
export const reportStatusSchema = z.strictObject({
  schema: z.literal('report_status_v1'),
  rendered_pages: z.array(z.string()),
  omitted_pages: z.array(z.strictObject({ page: z.string(), reason: z.string() })),
  partial_pages: z.array(z.strictObject({ page: z.string(), reason: z.string() })),
  plot_ready_points: z.int().nonnegative().describe('Points that page 1 can draw'),
  non_plot_ready_full_cells: z.array(z.string()).describe('Full cells without such a point'),
  sol_complete: z.boolean(),
  focus: z.string().nullable(),
  sol_rigor: z.enum(['L1', 'L2', 'L3', 'L4', 'none']),
  dcgm_grounded: z.boolean(),
  arms_total: z.int().nonnegative(),
  arms_with_roofline: z.int().nonnegative(),
  arms_uncovered: z.array(z.string()),
  sol_per_arm_complete: z.boolean(),
})
export type ReportStatus = z.infer<typeof reportStatusSchema>

export const reportRenderSchema = z.strictObject({
  schema: z.literal('report-render/1'),
  sources: z.array(sourceSchema),
  id: z.string(),
  kind: z.enum(['campaign', 'bundle']),
  dryRun: z.boolean(),
  status: reportStatusSchema,
  html: z.exactOptional(z.strictObject({ bytes: z.int().positive(), figures: z.int().nonnegative() })),
  pdf: z.exactOptional(
    z
      .strictObject({
        bytes: z.int().positive(),
        pages: z.int().positive().describe('Counted in the file, opened again'),
        cells_compared: z.int().nonnegative().describe('Cells of tables found in the file’s text, in order, equal to report.json'),
        numbers_compared: z.int().nonnegative().describe('Of these, numbers'),
      })
      .describe('Only a file that holds what the JSON holds is kept'),
  ),
  written: z.array(z.string()),
  notes: z.array(z.string()),
  next: nextLeverSchema,
})
export type ReportRender = z.infer<typeof reportRenderSchema>
