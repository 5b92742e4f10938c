import { join } from 'node:path'
import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { dcgmCorrelateSchema } from '#formats/dcgm-correlate.ts'
import { cellJson } from '#pipeline/dcgm/cell-json.ts'
import { correlateWindow } from '#pipeline/dcgm/correlate-window.ts'
import { rehearse } from '#pipeline/dcgm/rehearsal.ts'
import { renderDcgmFrozen } from '#pipeline/dcgm-frozen.ts'
import { isSameFile } from '#platform/files.ts'
import { campaignFolder, cellFolder, writeCellFile } from '#store/cell-files.ts'
import { defineCommand } from './define-command.ts'
import { dcgmInput } from './framework/dcgm-input.ts'
import { dcgmCorrelateText } from './text/dcgm-correlate-text.ts'

export const command = defineCommand({
  name: 'dcgm correlate',
  tool: 'perf_tune_report_dcgm_correlate',
  summary: 'How far from the hardware’s limits a benchmark’s window was: DCGM counters per GPU against their ceilings, energy and clocks',
  effect: 'writes_artifacts',
  input: z.object({
    campaign: z.string().optional().describe('Campaign folder, or its name below campaigns/; without it nothing is written'),
    cellId: z.string().optional().describe('Cell of the campaign: dcgm_correlation.json and dcgm-frozen.yaml are written there'),
    ...dcgmInput,
    dryRun: z.boolean().default(false).describe('Print every query, ask none, write nothing'),
  }),
  output: dcgmCorrelateSchema,
  examples: [
    {
      title: 'how near to its limits was this benchmark, from answers that another tool saved?',
      args: ['--responses', 'examples/dcgm/responses', '--bench', 'examples/dcgm/inference_perfbench_v1.json', '--expected-gpus', '2'],
    },
    {
      title: 'the same from the frozen file, when the series have aged out',
      args: ['--frozen-yaml', 'examples/dcgm/campaign/cells/decode-c64/dcgm-frozen.yaml'],
    },
    {
      title: 'what would be asked of the server?',
      args: [
        '--url',
        'http://127.0.0.1:9090',
        '--start',
        '2026-01-01T10:00:00Z',
        '--end',
        '2026-01-01T10:20:00Z',
        '--host',
        'node-1',
        '--dry-run',
      ],
    },
  ],
  async run(context, { campaign, cellId, dryRun, ...request }) {
    if ((campaign === undefined) !== (cellId === undefined))
      throw new SextantError(
        'usage',
        'a cell needs both --campaign and --cell-id',
        'Give both to write into the cell, or neither to only look.',
      )
    if (dryRun) return rehearse(context, request)
    // Before anything is asked: a wrong name must not cost an hour of queries.
    const folder = campaign === undefined || cellId === undefined ? undefined : cellFolder(campaignFolder(campaign, context.path), cellId)
    const { correlation, frozen } = await correlateWindow(context, request)
    const written: string[] = []
    if (folder !== undefined) {
      // A file of another tool is not rewritten where it stands: its comments would be lost.
      const isThere = request.frozenYaml !== undefined && isSameFile(context.path(request.frozenYaml), join(folder, 'dcgm-frozen.yaml'))
      if (frozen !== undefined && !isThere) written.push(writeCellFile(folder, 'dcgm-frozen.yaml', renderDcgmFrozen(frozen)))
      written.push(writeCellFile(folder, 'dcgm_correlation.json', cellJson(correlation)))
    }
    return { schema: 'dcgm-correlate/1' as const, sources: correlation.sources, dryRun: false, correlation, written }
  },
  render: dcgmCorrelateText,
})
