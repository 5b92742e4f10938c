import { basename } from 'node:path'
import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { campaignImportSchema } from '#formats/campaign-answers.ts'
import { type Artifacts, bringBudget, bringCounters, bringDcgm, bringKernels } from '#pipeline/campaign/import-artifacts.ts'
import { bringBench } from '#pipeline/campaign/import-bench.ts'
import { importInto, recordProblem } from '#pipeline/campaign/import-run.ts'
import { defineCommand } from './define-command.ts'
import { campaignInput, targetIn } from './framework/campaign-input.ts'
import { campaignImportText, importNext } from './text/campaign-text.ts'

export const command = defineCommand({
  name: 'campaign import',
  summary:
    'Bring benchmark results of any load generator, kernels, counters, DCGM and decode budgets into a cell of a campaign; a failed cell with its reason',
  effect: 'writes_artifacts',
  positional: ['files'],
  input: z.object({
    files: z.array(z.string()).default([]).describe('Benchmark results, as bench-result reads them, or inference_perfbench_v1'),
    campaign: campaignInput,
    cellId: z.string().describe('Cell of config.yaml'),
    trial: z.string().optional().describe('Name of this run: repeats of one point are told apart by it'),
    node: z.string().optional().describe('Where it ran: a verdict needs trials of one node'),
    concurrency: z.int().min(1).optional().describe('Requests in flight, for results that do not say it'),
    kernels: z.string().optional().describe('kernels.json, or any capture of which it is made'),
    ncu: z.string().optional().describe('ncu_kernels.json, or a report of ncu'),
    dcgm: z.string().optional().describe('dcgm_correlation.json, or the dcgm_frozen_v1 YAML of which it is made'),
    decodeBudget: z.string().optional().describe('decode-budget/1 (sextant decode-budget … --json), or one timeline of which it is made'),
    hwKey: z.string().optional().describe('Key of the ceilings for --dcgm, where the frozen file’s is to be replaced'),
    failedAt: z.enum(['deploy', 'bench', 'evicted']).optional().describe('Nothing (more) was measured: at which stage it failed'),
    reason: z.string().optional().describe('Why, with --failed-at'),
    dryRun: z.boolean().default(false).describe('Read everything and show the rows, write nothing'),
  }),
  output: campaignImportSchema,
  examples: [
    {
      title: 'which rows would a sweep of vllm bench give?',
      args: ['examples/serving/sweep.jsonl', '--campaign', 'examples/campaign', '--cell-id', 'not-yet-run', '--dry-run'],
    },
  ],
  async run(context, { files, campaign, cellId, failedAt, reason, dryRun, ...how }) {
    // A door that confines its caller says so before anything is looked for.
    for (const each of files) context.path(each)
    const target = targetIn(context, campaign, cellId)
    const given = [how.kernels, how.ncu, how.dcgm, how.decodeBudget].filter((each) => each !== undefined)
    if ((failedAt === undefined) !== (reason === undefined))
      throw new SextantError('usage', 'a failure needs its stage and its reason', 'Give --failed-at and --reason together.')
    if (failedAt === undefined && files.length + given.length === 0)
      throw new SextantError(
        'usage',
        'nothing to import',
        'Give result files, --kernels, --ncu, --dcgm, --decode-budget, or --failed-at with --reason.',
      )
    const notes: string[] = []
    const brought: { path: string; sha256: string }[] = []
    const imported =
      files.length + given.length === 0
        ? undefined
        : await importInto(target, dryRun, async (cell) => {
            const bench = await bringBench(target, cell, {
              paths: files.map((file) => context.path(file)),
              kind: 'bench',
              dryRun,
              ...(how.trial === undefined ? {} : { trial: how.trial }),
              ...(how.node === undefined ? {} : { node: how.node }),
              ...(how.concurrency === undefined ? {} : { concurrency: how.concurrency }),
            })
            const artifacts: Artifacts[] = []
            if (how.kernels !== undefined) artifacts.push(await bringKernels(context.path(how.kernels), context.configRoot))
            if (how.ncu !== undefined) artifacts.push(await bringCounters(context.path(how.ncu), context.configRoot))
            if (how.dcgm !== undefined) artifacts.push(await bringDcgm(how.dcgm, context, how.hwKey))
            if (how.decodeBudget !== undefined) artifacts.push(await bringBudget(context.path(how.decodeBudget), context))
            const records = [...bench.records, ...artifacts.flatMap((each) => each.records)]
            notes.push(...bench.notes)
            brought.push(...records.map(({ source, sha256 }) => ({ path: basename(source), sha256 })))
            return { rows: bench.rows, records, files: Object.assign({}, ...artifacts.map((each) => each.files)) }
          })
    const failed = failedAt === undefined ? undefined : await recordProblem(target, failedAt, reason ?? '', dryRun)
    const cell =
      failed === undefined
        ? imported
        : { ...failed, added: imported?.added ?? [], written: [...(imported?.written ?? []), ...failed.written] }
    if (cell === undefined) throw new Error('neither an import nor a failure')
    return {
      schema: 'campaign-import/1' as const,
      sources: brought,
      campaign: target.campaignId,
      dryRun,
      cells: [cell],
      notes,
      next: importNext([cell]),
    }
  },
  render: campaignImportText,
})
