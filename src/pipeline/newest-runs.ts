/** Finds the newest run of a measurement among evidence bundles, for sweeps over all baselines. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isSextantError } from '#base/errors.ts'
import type { InferencePerfbench } from '#formats/inference-perfbench.ts'
import { readPerfbench } from './perfbench.ts'

export interface FoundRun {
  readonly path: string
  readonly document: InferencePerfbench
}

/** Bundles nest a few levels; a registry and its diffs are no runs. */
const MOST_LEVELS = 6
const SKIPPED: ReadonlySet<string> = new Set(['perf-baselines', 'perf-baseline-diffs', 'node_modules'])

/** Every `*perfbench*.json` below a folder that reads; broken ones are returned as reasons. */
export function runsBelow(folder: string): { readonly runs: FoundRun[]; readonly broken: string[] } {
  const runs: FoundRun[] = []
  const broken: string[] = []
  const walk = (at: string, level: number): void => {
    let entries: import('node:fs').Dirent[]
    try {
      entries = readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
    } catch {
      return
    }
    for (const entry of entries) {
      const path = join(at, entry.name)
      if (entry.isDirectory() && level < MOST_LEVELS && !SKIPPED.has(entry.name) && !entry.name.startsWith('.')) walk(path, level + 1)
      else if (entry.isFile() && /perfbench.*\.json$/.test(entry.name)) {
        try {
          const document = readPerfbench(path)
          if (document !== undefined) runs.push({ path, document })
        } catch (error) {
          if (!isSextantError(error)) throw error
          broken.push(error.message)
        }
      }
    }
  }
  walk(folder, 0)
  return { runs, broken }
}

const slugOf = (model: string): string => model.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '')

/** When a run says it was captured, in milliseconds since 1970; runs that do not say come first. */
function capturedMs({ document }: FoundRun): number {
  const at = document.bench?.captured_at
  const ms = typeof at === 'string' ? Date.parse(at) : Number.NaN
  return Number.isNaN(ms) ? Number.NEGATIVE_INFINITY : ms
}

/** The run of the measurement's model that was captured last; later paths win among those that do not say when. */
export function newestOf(runs: readonly FoundRun[], measurement: string): FoundRun | undefined {
  const own = runs.filter(({ document }) => {
    const model = document.model ?? undefined
    return typeof model === 'string' && (measurement === `${slugOf(model)}-perfbench-v1` || measurement === slugOf(model))
  })
  return own.reduce<FoundRun | undefined>(
    (best, run) => (best === undefined || capturedMs(run) >= capturedMs(best) ? run : best),
    undefined,
  )
}
