/** Point 3: what the two answers hold, asked of the built binary for every real file and the examples. */
import { basename, join } from 'node:path'
import { ncuSummarySchema } from '../../../src/formats/ncu-summary.ts'
import { listShared, sharedDataAbsent } from '../../../tests/support/shared-data.ts'
import { askBinary, inParallel } from '../foundation/built-binary.ts'
import { checkoutRoot, type Point } from '../point.ts'

interface Result {
  readonly scope: string
  readonly functionName?: unknown
  readonly demangledName?: unknown
  readonly grid?: readonly unknown[]
  readonly block?: readonly unknown[]
  readonly durationNs?: number
  readonly metrics: Readonly<Record<string, unknown>>
  readonly derived: Readonly<Record<string, unknown>>
}

function problemOf(result: Result): string | undefined {
  if (result.scope === 'kernel' && (typeof result.functionName !== 'string' || typeof result.demangledName !== 'string'))
    return 'a launch without names'
  if (result.scope === 'kernel' && (result.grid?.length !== 3 || result.block?.length !== 3)) return 'a launch without grid or block'
  if (result.durationNs !== undefined && !(Number.isFinite(result.durationNs) && result.durationNs > 0))
    return `a duration of ${result.durationNs}`
  if (Object.keys(result.metrics).length === 0) return 'a launch without metrics'
  return 'flops' in result.derived && 'headroom' in result.derived ? undefined : 'a launch without derived quantities'
}

export const ncuShape: Point = {
  title: '3 `ncu --json`: results[] with names, grid, block, duration where finite, metrics and what follows from them',
  async prove() {
    const paths = [...listShared('ncu-rep'), ...listShared('ncu-csv')]
    if (paths.length === 0) return { holds: false, figure: sharedDataAbsent }
    let launches = 0
    const wrong = await inParallel(paths, async (path) => {
      const answer = await askBinary(['ncu', path, '--json', '--limit', '0', '--no-cache'])
      const parsed = ncuSummarySchema.safeParse(answer)
      if (!parsed.success) return `${basename(path)}: not its own schema`
      const { results } = answer as { results: readonly Result[] }
      launches += results.length
      const problem = results.map(problemOf).find((each) => each !== undefined)
      return problem === undefined ? undefined : `${basename(path)}: ${problem}`
    })
    const found = wrong.filter((each) => each !== undefined)
    return {
      holds: found.length === 0,
      figure: `${paths.length} files, ${launches} launches${found.length === 0 ? '' : `; ${found.join('; ')}`}`,
    }
  },
}

export const benchShape: Point = {
  title: '3 `bench-result --json`: tool and cells[] with typed metrics, each latency with its definition, unit and sample state',
  async prove() {
    const paths = [
      ...listShared('bench').filter((path) => !path.includes('telemetry_export')),
      join(checkoutRoot, 'examples/serving/sweep.jsonl'),
    ]
    let latencies = 0
    let cells = 0
    for (const path of paths) {
      const answer = (await askBinary(['bench-result', path, '--json', '--no-cache'])) as {
        tool?: unknown
        cells: { latencies: { definition?: string; unit?: string; estimable?: string; valueNs: number }[] }[]
      }
      if (typeof answer.tool !== 'string' || answer.cells.length === 0)
        return { holds: false, figure: `${basename(path)}: no tool or no cell` }
      for (const cell of answer.cells) {
        cells++
        for (const { definition, unit, estimable, valueNs } of cell.latencies) {
          latencies++
          if (!definition || !unit || !estimable || !Number.isFinite(valueNs))
            return { holds: false, figure: `${basename(path)}: a latency that lacks a part` }
        }
      }
    }
    return { holds: latencies > 0, figure: `${paths.length} files, ${cells} cells, ${latencies} latencies` }
  },
}
