import { relative } from 'node:path'
import * as z from 'zod'
import { isSextantError } from '#base/errors.ts'
import { significant } from '#base/units.ts'
import { type BaselineSweep, baselineSweepSchema } from '#formats/baseline-record.ts'
import { repositoryOf } from '#pipeline/baseline-registry.ts'
import { diffBaseline } from '#pipeline/diff-baseline.ts'
import { type FoundRun, newestOf, runsBelow } from '#pipeline/newest-runs.ts'
import { type BaselineEntry, listEntries } from '#store/baselines/entries.ts'
import { defineCommand } from './define-command.ts'
import { limitInput } from './framework/limit.ts'
import { type Column, table } from './text/table.ts'

const input = z.object({
  runs: z.string().optional().describe('Folder with the newest runs (default: experiments/artifacts of the repository)'),
  every: z.boolean().default(false).describe('Compare every entry, not only the newest of each measurement'),
  tolerance: z.array(z.string()).default([]).describe('METRIC=VALUE, also as --tolerance.METRIC VALUE'),
  factor: z.array(z.string()).default([]).describe('Key of the context that was changed on purpose'),
  gate: z.enum(['auto', 'classic', 'statistical']).default('auto').describe('As of baseline diff'),
  repo: z.string().optional().describe('Repository of the registry (default: PROFILE_AND_OPTIMIZE_REPO_ROOT, else here)'),
  limit: limitInput,
})

type Row = BaselineSweep['baselines'][number]

const slugOf = ({ family, measurement, stamp }: BaselineEntry): string => `${family}/${measurement}/${stamp}`

/** The newest of each measurement: lists are oldest first. */
function newestEntries(entries: readonly BaselineEntry[]): BaselineEntry[] {
  return [...new Map(entries.map((entry) => [`${entry.family}/${entry.measurement}`, entry])).values()]
}

const columns: readonly Column[] = [
  { title: 'baseline', shrinks: true },
  { title: 'by tolerance' },
  { title: 'by statistics' },
  { title: 'c16 tok/s', align: 'right' },
  { title: 'gate' },
]

export const command = defineCommand({
  name: 'baseline sweep',
  summary: 'Compare every registered baseline with the newest run of it, for a weekly job',
  effect: 'read_only',
  input,
  output: baselineSweepSchema,
  examples: [{ title: 'the example registry against its newest runs', args: ['--repo', 'examples/baselines/repository'] }],
  async run(context, given): Promise<BaselineSweep> {
    const repository = repositoryOf(given.repo, context.env, context.path)
    const entries = listEntries(repository.registry)
    const { runs, broken } = runsBelow(given.runs === undefined ? repository.artifacts : context.path(given.runs))
    const sources = new Map<string, string>()
    const compare = async (entry: BaselineEntry, run: FoundRun): Promise<Row> => {
      const slug = slugOf(entry)
      const { diff } = await diffBaseline({
        repository,
        configRoot: context.configRoot,
        baseline: { given: slug, path: entry.folder },
        currentPath: run.path,
        currentNotes: '',
        tolerances: given.tolerance,
        factors: given.factor,
        floors: [],
        gate: given.gate,
        stated: {},
      })
      for (const { path, sha256 } of diff.sources) sources.set(path, sha256)
      const change = diff.rows.find(({ headline }) => headline)?.deltaPct
      return {
        slug,
        state: 'compared',
        current: relative(repository.root, run.path),
        classic: diff.classic.verdict,
        statistical: diff.statistical.verdict,
        passed: diff.gate.passed,
        ...(change === undefined ? {} : { headlineChangePct: change }),
        reason: diff.statistical.reason,
      }
    }
    const baselines: Row[] = []
    for (const entry of given.every ? entries : newestEntries(entries)) {
      const run = newestOf(runs, entry.measurement)
      const slug = slugOf(entry)
      if (run === undefined) {
        const unread = broken.length === 0 ? '' : ` (unreadable: ${broken.join('; ')})`
        baselines.push({ slug, state: 'no-newer-run', reason: `no inference_perfbench_v1 of this model was found${unread}` })
        continue
      }
      try {
        baselines.push(await compare(entry, run))
      } catch (error) {
        if (!isSextantError(error)) throw error
        baselines.push({ slug, state: 'failed', reason: `${error.message} ${error.hint}` })
      }
    }
    const passed = baselines.every(({ state, passed: each }) => state === 'no-newer-run' || each === true)
    const named = [...sources].map(([path, sha256]) => ({ path, sha256 }))
    return { schema: 'baseline-sweep/1', sources: named.sort((a, b) => (a.path < b.path ? -1 : 1)), baselines, passed }
  },
  render({ baselines, passed }, size) {
    const rows = baselines.map(({ slug, state, classic, statistical, headlineChangePct: change, passed: each }) => [
      slug,
      classic ?? state,
      statistical ?? '-',
      change === undefined ? '-' : `${change > 0 ? '+' : ''}${change < 0 ? '-' : ''}${significant(Math.abs(change))} %`,
      each === undefined ? '-' : each ? 'passed' : 'failed',
    ])
    const reasons = baselines.filter(({ passed: each }) => each !== true).map(({ slug, reason }) => `  ${slug}: ${reason}\n`)
    return `${passed ? 'Every comparison passed' : 'Not every comparison passed'}\n\n${table(columns, rows, size)}${reasons.length === 0 ? '' : `\n${reasons.join('')}`}`
  },
  exitCode: ({ passed }) => (passed ? 0 : 1),
})
