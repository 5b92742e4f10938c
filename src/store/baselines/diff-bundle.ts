/** The bundle of one diff: `perf-baseline-diffs/<family>/<measurement>/<UTC>/`. The registry is never written to from here. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { jsonText } from '#base/json-text.ts'
import type { BaselineDiff } from '#formats/baseline-diff.ts'
import { writeError, writeWhole } from '#platform/files.ts'
import { entryFolder, stampOf } from './layout.ts'

export interface DiffBundle {
  readonly root: string
  readonly diff: BaselineDiff
  readonly markdown: string
  readonly baselineReference: string
  readonly baselineSha256: string
  readonly currentSha256: string
  readonly direction: string
  readonly currentPath: string
}

/** Deltas of the field's own diff.json are its 20 largest. */
const TOP_DELTAS = 20

/** The keys that other tools read, and the whole report beside them. */
function diffJson({ diff, baselineReference, baselineSha256, currentSha256, direction }: DiffBundle): unknown {
  const compared = diff.rows.filter(({ delta }) => delta !== undefined)
  const size = (row: (typeof compared)[number]): number => Math.abs(row.deltaPct ?? row.delta ?? 0)
  const top = [...compared].sort((a, b) => size(b) - size(a) || (a.id < b.id ? -1 : 1)).slice(0, TOP_DELTAS)
  return {
    baseline_dir: baselineReference,
    baseline_source_sha256: baselineSha256,
    current_source_sha256: currentSha256,
    tolerance_percent: diff.classic.umbrellaTolerancePercent,
    tolerance_absolute: null,
    direction,
    verdict: diff.classic.verdict,
    statistical_verdict: diff.statistical.verdict,
    deltas_top20: top.map(({ id, baseline, current, delta, deltaPct, headline }) => ({
      key: id,
      baseline,
      current,
      delta,
      delta_pct: deltaPct ?? null,
      ...(headline ? { headline } : {}),
    })),
    deltas_count: compared.length,
    family: diff.family,
    measurement: diff.measurement,
    safety: 'read-only towards the registry',
    report: diff,
  }
}

/** Becomes visible by one rename. Returns its folder. */
export function writeDiffBundle(bundle: DiffBundle): string {
  const { root, diff, currentPath } = bundle
  let epochUs = BigInt(Date.now()) * 1000n + (process.hrtime.bigint() % 1000n)
  const target = () => entryFolder(root, diff.family, safeSegment(diff.measurement), stampOf(epochUs))
  while (existsSync(target())) epochUs += 1n
  const folder = target()
  const staging = join(dirname(folder), `.staging-${process.pid}-${stampOf(epochUs)}`)
  try {
    mkdirSync(staging, { recursive: true })
    writeWhole(join(staging, 'diff.json'), jsonText(diffJson(bundle)))
    writeWhole(join(staging, 'diff.md'), bundle.markdown)
    writeWhole(join(staging, 'baseline-ref.txt'), `${bundle.baselineReference}\n${bundle.baselineSha256}\n`)
    // A bundle of files is named by its hash; a single result is kept.
    if (statSync(currentPath).isFile()) writeWhole(join(staging, `current-snapshot${extname(currentPath)}`), readFileSync(currentPath))
    else writeWhole(join(staging, 'current-snapshot.txt'), `${bundle.currentSha256}\n`)
    renameSync(staging, folder)
  } catch (error) {
    rmSync(staging, { recursive: true, force: true })
    throw error instanceof Error && error.name === 'SextantError' ? error : writeError(folder, error)
  }
  return folder
}

const safeSegment = (name: string): string => name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'measurement'
