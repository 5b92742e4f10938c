/** Point 2 of the report, the lake: on a folder, on a bucket in this process, on a real S3 server where one is installed, and its rows of the trap list. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { swiftAbsent } from '../../tests/support/swift-service.ts'
import { type Point, type Proof, shownByTests } from './point.ts'

/** Issue 8: a campaign of this many cells is published into a folder in under this time on two cores. */
const CELLS = 500
const MOST_SECONDS = 10

async function publishLargeCampaign(): Promise<Proof> {
  const { runCommandLine } = await import('../../src/cli/run.ts')
  const { largeCampaign } = await import('../../tests/report/hostile-campaign.ts')
  const folder = mkdtempSync(join(tmpdir(), 'sextant-prove-lake-'))
  try {
    largeCampaign(join(folder, 'campaign'), CELLS)
    const began = [performance.now(), process.cpuUsage()] as const
    let said = ''
    const status = await runCommandLine(['lake', 'publish', 'campaign', '--captured-at', '2026-11-01T00:00:00Z', '--json'], {
      cwd: folder,
      env: {},
      stdout: (text) => {
        said += text
      },
      stderr: (text) => {
        said += text
      },
    })
    const seconds = (performance.now() - began[0]) / 1000
    const { user, system } = process.cpuUsage(began[1])
    if (status !== 0) return { holds: false, figure: said.slice(0, 300) }
    const { commit } = JSON.parse(said) as { commit: { tables: { rows: number }[] } } // the command's own format
    const rows = commit.tables.reduce((sum, table) => sum + table.rows, 0)
    return {
      holds: seconds < MOST_SECONDS,
      figure: `${CELLS} cells, ${rows} rows: ${seconds.toFixed(1)} s by the clock, ${((user + system) / 1e6).toFixed(1)} s of processor`,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const onSwift = shownByTests('', { paths: ['tests/lake/swift.test.ts'], slow: true })

export const lakePoints: readonly Point[] = [
  shownByTests('2 kill -9 at every step of a publish into a folder: readers see the old campaign or the new one', {
    paths: ['tests/lake/killed.test.ts'],
    slow: true,
  }),
  shownByTests('2 a bucket that checks signatures: wrong secret, server vanished, publishers killed and at once, repeat', {
    paths: ['tests/lake/bucket.test.ts', 'tests/lake/publish.test.ts'],
    titles: 'kill -9|at once|secret|vanishes|written back|repeat',
  }),
  {
    title: '2 the same on a real S3 API server (OpenStack Swift)',
    prove: (options) => (swiftAbsent === undefined ? onSwift.prove(options) : { holds: false, figure: swiftAbsent }),
  },
  shownByTests('2 every table by DuckDB, hyparquet and pyarrow with equal sums', { paths: ['tests/lake/readers.test.ts'] }),
  shownByTests('2 correlate, render, publish with overwrite: L1 becomes L3; gaps loud, strict, rehearsal', {
    paths: ['tests/lake/rises.test.ts'],
  }),
  shownByTests('3 the lake rows of the trap list (H1, H2, H9, H10, H11, H19, H20, H21, E22)', {
    paths: ['tests/lake', 'src/analysis/lake', 'src/analysis/campaign'],
    titles: 'trap [A-Z][0-9]+:',
  }),
  { title: `4 ${CELLS} cells publish locally in under ${MOST_SECONDS} s`, prove: publishLargeCampaign },
]
