/** Columns and cells of report tables. */
import type { ReportCell, ReportColumn } from '#formats/report.ts'

export const text = (title: string): ReportColumn => ({ title, kind: 'text' })
export const name = (title: string): ReportColumn => ({ title, kind: 'name' })
export const number = (title: string, unit?: string, digits?: number): ReportColumn => ({
  title,
  kind: 'number',
  ...(unit === undefined ? {} : { unit }),
  ...(digits === undefined ? {} : { digits }),
})

/** Absent, null and what is no number are not measured; never 0. */
export const measured = (value: number | null | undefined): ReportCell =>
  value === null || value === undefined || !Number.isFinite(value) ? null : value

export const isNumber = (value: number | null | undefined): value is number => typeof value === 'number' && Number.isFinite(value)

/** `1 cell`, `3 cells`. */
export const counted = (count: number, singular: string, plural = `${singular}s`): string => `${count} ${count === 1 ? singular : plural}`
