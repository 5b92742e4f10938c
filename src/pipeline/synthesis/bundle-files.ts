/** Which files of a bundle are evidence, and of which kind: by content, never by name. What the bundle says about itself is none. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { parse } from 'yaml'
import { isSextantError, type SextantError } from '#base/errors.ts'
import { dcgmCorrelationSchema } from '#formats/dcgm-correlation.ts'
import type { SourceKind } from '#formats/synthesis.ts'
import { expandPaths } from '#pipeline/expand-paths.ts'
import { identify } from '#pipeline/open-capture.ts'
import { isLayer, isOwn } from '#store/bundle/paths.ts'

/** How a file is read. `other`: not evidence of a measurement (a deployment, a note); `unreadable`: claimed by no reader, and says so. */
export type FileForm =
  | 'timeline'
  | 'statistics'
  | 'counters'
  | 'samples'
  | 'client'
  | 'endpoint'
  | 'dcgm-frozen'
  | 'dcgm-correlation'
  | 'other'

export interface BundleFile {
  /** Absolute. */
  readonly path: string
  /** In the bundle, `/` between parts. */
  readonly place: string
  readonly form: FileForm
  /** Absent for `other`. */
  readonly kind?: SourceKind
  /** Kind of the reader that claims it. */
  readonly reader?: string
  readonly error?: SextantError
}

/** The field's word for what commands printed: notes of a run, no measurement. */
const isNote = (place: string): boolean => isLayer(place) || isOwn(place) || place.startsWith('commands/') || /\.md$/i.test(place)

/** Text that could be a frozen window or a correlation is parsed only up to this size. */
const MOST_TEXT_BYTES = 4 * 1024 * 1024

/** Sorted by place. Throws where the folder cannot be read. */
export function bundleFiles(folder: string): BundleFile[] {
  // A new bundle has folders that nothing was put into yet: they are no captures that failed.
  const filled = expandPaths([folder]).filter((path) => !isEmptyFolder(path))
  const files = filled.map((path) => fileOf(path, placeOf(folder, path)))
  return files.filter(({ place }) => !isNote(place)).sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0))
}

const isEmptyFolder = (path: string): boolean => statSync(path).isDirectory() && readdirSync(path).length === 0

/** `.` for the bundle itself, where it is one capture. */
const placeOf = (folder: string, path: string): string => relative(folder, path).split(sep).join('/') || '.'

const formsOfReader: Readonly<Record<string, readonly [FileForm, SourceKind]>> = {
  'nsys-sqlite': ['timeline', 'nsys'],
  'nsys-parquetdir': ['timeline', 'nsys'],
  'nsys-rep': ['timeline', 'nsys'],
  'nsys-stats': ['statistics', 'nsys'],
  kineto: ['timeline', 'kineto'],
  'ncu-csv': ['counters', 'ncu'],
  'ncu-rep': ['counters', 'ncu'],
  'ncu-kernels-json': ['counters', 'ncu'],
  'kernels-json': ['statistics', 'nsys'],
  zymtrace: ['samples', 'zymtrace'],
  'metrics-text': ['endpoint', 'engine-metrics'],
  'aiperf-telemetry': ['endpoint', 'dcgm'],
}

function fileOf(path: string, place: string): BundleFile {
  const text = smallText(path)
  const dcgm = text === undefined ? undefined : dcgmForm(text)
  if (dcgm !== undefined) return { path, place, form: dcgm, kind: 'dcgm' }
  try {
    const { reader } = identify(path)
    const known = formsOfReader[reader.kind]
    // Readers of load generators are many and have names of their own.
    const [form, kind]: readonly [FileForm, SourceKind] = known ?? ['client', 'bench']
    return { path, place, form, kind, reader: reader.kind }
  } catch (error) {
    if (!isSextantError(error)) throw error
    return { path, place, form: 'other', error }
  }
}

function smallText(path: string): string | undefined {
  try {
    const stats = statSync(path)
    return stats.isFile() && stats.size > 0 && stats.size <= MOST_TEXT_BYTES ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined // the reader will say what is wrong with it
  }
}

/** By the keys that only they have: `sweep_start_utc` beside `hw_key`; a correlation has `per_category_attribution` too. */
function dcgmForm(text: string): 'dcgm-frozen' | 'dcgm-correlation' | undefined {
  if (!text.includes('sweep_start_utc') || !text.includes('hw_key')) return undefined
  let value: unknown
  try {
    value = text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('hw_key' in value) || !('sweep_start_utc' in value)) return undefined
  if ('per_category_attribution' in value || dcgmCorrelationSchema.safeParse(value).success) return 'dcgm-correlation'
  return 'dcgm-frozen'
}
