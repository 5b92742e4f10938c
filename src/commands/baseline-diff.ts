import { relative } from 'node:path'
import * as z from 'zod'
import { type BaselineDiff, baselineDiffSchema } from '#formats/baseline-diff.ts'
import { repositoryOf } from '#pipeline/baseline-registry.ts'
import { diffBaseline } from '#pipeline/diff-baseline.ts'
import { writeWhole } from '#platform/files.ts'
import { writeDiffBundle } from '#store/baselines/diff-bundle.ts'
import { defineCommand } from './define-command.ts'
import { limitInput } from './framework/limit.ts'
import { statedContext } from './framework/stated-context.ts'
import { diffMarkdown, diffText } from './text/diff-text.ts'

export const command = defineCommand({
  name: 'baseline diff',
  tool: 'perf_baseline_diff',
  summary: 'Compare a run with a baseline: every metric at its tolerance, and whether the difference is more than noise',
  effect: 'writes_artifacts',
  input: z.object({
    baseline: z.string().describe('family/measurement of the registry (its newest entry), family/measurement/UTC, or a file or bundle'),
    current: z.string().describe('inference_perfbench_v1, or any benchmark result or bundle'),
    tolerance: z
      .array(z.string())
      .default([])
      .describe('METRIC=VALUE, also as --tolerance.METRIC VALUE: tps=5%, ttft_p95_ms=12%, cpu_spinpoll_pct=4'),
    tolerancePercent: z.number().min(0).optional().describe('Umbrella of older callers: recorded, and never the verdict of a known schema'),
    tolerances: z.string().optional().describe('File in the shape of configs/tolerances.yaml'),
    factor: z.array(z.string()).default([]).describe('Key of the context that was changed on purpose, such as vllm_version'),
    primary: z.string().optional().describe('Row that is tested first (default: c16 throughput_toks_per_s)'),
    floor: z.array(z.string()).default([]).describe('A/A noise floor, 1.2% or METRIC=1.2%, where the registry has no history'),
    gate: z
      .enum(['auto', 'classic', 'statistical'])
      .default('auto')
      .describe('What the exit status follows: the statistics where they can tell, else the tolerances; or always one of them'),
    notes: z.string().default('').describe('Of the current run; quality scores as GPQA=0.62 are shown beside the baseline’s'),
    model: z.string().optional().describe('Model of the current run, where it does not say'),
    context: z.array(z.string()).default([]).describe('deployment.KEY=VALUE or workload.KEY=VALUE that a bundle does not say'),
    write: z.boolean().default(true).describe('Write the diff bundle below perf-baseline-diffs'),
    markdown: z.string().optional().describe('File for the summary of a pull request, beside the bundle'),
    repo: z.string().optional().describe('Repository of the registry (default: PROFILE_AND_OPTIMIZE_REPO_ROOT, else here)'),
    limit: limitInput,
  }),
  output: baselineDiffSchema,
  examples: [
    {
      title: 'a run that lost throughput',
      args: ['--baseline', 'examples/baselines/trusted.json', '--current', 'examples/baselines/slower.json', '--no-write'],
    },
  ],
  async run(context, given): Promise<BaselineDiff> {
    const repository = repositoryOf(given.repo, context.env, context.path)
    const currentPath = context.path(given.current)
    const { diff, found, baselineSha256, currentSha256 } = await diffBaseline({
      repository,
      configRoot: context.configRoot,
      baseline: { given: given.baseline, path: context.path(given.baseline) },
      currentPath,
      currentNotes: given.notes,
      tolerances: given.tolerance,
      ...(given.tolerances === undefined ? {} : { tolerancesFile: context.path(given.tolerances) }),
      ...(given.tolerancePercent === undefined ? {} : { umbrellaTolerancePercent: given.tolerancePercent }),
      factors: given.factor,
      ...(given.primary === undefined ? {} : { primary: given.primary }),
      floors: given.floor,
      gate: given.gate,
      stated: statedContext(given.context, given.model),
    })
    const markdown = diffMarkdown(diff)
    if (given.markdown !== undefined) writeWhole(context.path(given.markdown), markdown)
    if (!given.write) return diff
    const folder = writeDiffBundle({
      root: repository.diffs,
      diff,
      markdown,
      baselineReference: diff.baseline.source,
      baselineSha256,
      currentSha256,
      direction: found.entry?.baseline.direction ?? 'two-sided',
      currentPath,
    })
    return { ...diff, written: relative(repository.root, folder) }
  },
  render: diffText,
  exitCode: ({ gate }) => (gate.passed ? 0 : 1),
})
