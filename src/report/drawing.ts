/** A chart as shapes, which SVG and PDF both draw: vector in either, and one layout to get right. Lengths in points or CSS pixels. */

/** What a shape is for; the page decides the colour, light or dark. */
export type Role = 'ink' | 'soft' | 'grid' | 'paper' | `series${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`

export type Shape =
  | {
      readonly kind: 'line'
      readonly points: readonly (readonly [number, number])[]
      readonly role: Role
      readonly width: number
      readonly dashed?: boolean
    }
  | {
      readonly kind: 'rect'
      readonly x: number
      readonly y: number
      readonly width: number
      readonly height: number
      readonly role: Role
      readonly opacity?: number
    }
  | {
      readonly kind: 'dot'
      readonly x: number
      readonly y: number
      readonly radius: number
      readonly role: Role
      readonly hollow?: boolean
    }
  | {
      /** Many dots of one colour, drawn in one stroke. */
      readonly kind: 'dots'
      readonly points: readonly (readonly [number, number])[]
      readonly radius: number
      readonly role: Role
    }
  | {
      readonly kind: 'text'
      readonly x: number
      /** Of the baseline. */
      readonly y: number
      readonly text: string
      readonly size: number
      readonly anchor: 'start' | 'middle' | 'end'
      readonly role: Role
      readonly bold?: boolean
    }

export interface Drawing {
  readonly width: number
  readonly height: number
  readonly shapes: readonly Shape[]
}

const series = ['series0', 'series1', 'series2', 'series3', 'series4', 'series5', 'series6', 'series7'] as const satisfies readonly Role[]

/** Colours repeat after eight; then dots are hollow. */
export const seriesRole = (index: number): Role => series[index % series.length] ?? 'series0'
export const isHollow = (index: number): boolean => Math.floor(index / series.length) % 2 === 1

/** Mean advance of a sans-serif letter over its size, on the wide side: fonts differ between readers. */
const ADVANCE = 0.58

export const textWidth = (text: string, size: number): number => [...text].length * size * ADVANCE

/** Cut in the middle, because names differ at both ends; the table has it whole. */
export function fitted(text: string, size: number, width: number): string {
  const letters = [...text.replaceAll(/\s+/g, ' ')]
  const most = Math.max(4, Math.floor(width / (size * ADVANCE)))
  if (letters.length <= most) return letters.join('')
  const head = Math.ceil((most - 1) * 0.6)
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (most - 1 - head)).join('')}`
}

/** At most four digits, never an exponent for what a person reads. */
export function short(value: number, digits = 3): string {
  if (value === 0) return '0'
  const rounded = Number(value.toPrecision(digits))
  return Math.abs(rounded) >= 1e-4 && Math.abs(rounded) < 1e12 ? String(rounded) : rounded.toExponential(digits - 1)
}
