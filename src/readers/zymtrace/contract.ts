/**
 * The contract of a bundle: `capture_sources.json` declares which sources were captured. What is declared must be there; what is not
 * declared may be absent, and then there is a reason and no error.
 */
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isSextantError, SextantError } from '#base/errors.ts'
import { ingestLagHint } from '#model/shares.ts'
import { fileError } from '#platform/access.ts'

export const manifestName = 'capture_sources.json'
/** Subfolder of a bundle. */
export const tsvFolder = 'zymtrace'

/** File -> columns. An empty cell in the first is a frame without a name; counts are whole numbers. */
export const tsvFiles: Readonly<Record<string, readonly string[]>> = {
  'kernel-class.tsv': ['event_kind', 'kind', 'samples'],
  'top-gpu-frames.tsv': ['kernel', 'samples'],
  'per-gpu.tsv': ['gpu_name', 'gpu_uuid', 'samples'],
  'per-category.tsv': ['category', 'samples'],
  'top-python-during-cuda.tsv': ['python_frame', 'samples'],
}
/** Read where it is there, never demanded: the CPU view of the same window and selector. */
export const cpuTsvFile = 'top-cpu-frames.tsv'

/** A list of frames has thousands of rows at most. */
export const MAX_BYTES = 64 * 1024 * 1024
const MAX_MANIFEST_BYTES = 1024 * 1024

export interface Manifest {
  /** Absent = no manifest. */
  readonly declared?: boolean
}

/** The declaration in `folder`, or above it where it is the bundle's own subfolder. Throws `corrupt_file` where it is none. */
export function readManifest(folder: string): Manifest {
  // Only the contract's own places are looked at: above a folder of another name may lie anything.
  const places = [folder, ...(basename(folder) === tsvFolder ? [dirname(folder)] : [])].map((place) => join(place, manifestName))
  const path = places.find((place) => statSync(place, { throwIfNoEntry: false })?.isFile() === true)
  if (path === undefined) return {}
  if (statSync(path).size > MAX_MANIFEST_BYTES) throw notManifest('it is larger than any declaration')
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (isSextantError(error) || !(error instanceof SyntaxError)) throw fileError(manifestName, error)
    throw notManifest('it is not JSON')
  }
  const sources = typeof value === 'object' && value !== null && 'captured_sources' in value ? value.captured_sources : undefined
  if (!Array.isArray(sources)) throw notManifest('it has no list captured_sources')
  return { declared: sources.includes('zymtrace') }
}

function notManifest(why: string): SextantError {
  return new SextantError('corrupt_file', `${manifestName} declares nothing: ${why}`, 'Write {"captured_sources": ["zymtrace", …]}.')
}

export interface Shortfall {
  readonly file: string
  readonly state: 'missing' | 'empty' | 'header-only'
}

export function describeShortfall({ file, state }: Shortfall): string {
  if (state === 'missing') return `${file} is missing`
  return state === 'empty' ? `${file} is empty (0 bytes)` : `${file} is header-only: it has no row`
}

/** What is declared and not there, loudly: an empty result is ingest lag far oftener than an idle GPU (traps E18, E23). */
export function declaredButAbsent(shortfalls: readonly Shortfall[]): SextantError {
  const what = shortfalls.map(describeShortfall).join('; ')
  return new SextantError(
    'missing_data',
    `${manifestName} declares zymtrace, but ${what}. That is not a measurement of zero: most likely ingest lag.`,
    ingestLagHint,
    { files: shortfalls.map(({ file }) => file), states: shortfalls.map(({ state }) => state) },
  )
}
