import { basename } from 'node:path'
import * as z from 'zod'
import { baselineBridgeSchema } from '#formats/baseline-record.ts'
import { inferencePerfbenchSchema, perfbenchText } from '#formats/inference-perfbench.ts'
import { bridgeBundle } from '#pipeline/perfbench.ts'
import { writeWhole } from '#platform/files.ts'
import { defineCommand } from './define-command.ts'
import { statedContext } from './framework/stated-context.ts'
import { bridgeText } from './text/perfbench-text.ts'

export const command = defineCommand({
  name: 'baseline bridge',
  summary:
    'Make one inference_perfbench_v1 of any benchmark bundle: result files, reports and logs, metrics before and after, kernel samples',
  effect: 'writes_artifacts',
  positional: ['files'],
  input: z.object({
    files: z
      .array(z.string())
      .min(1)
      .describe('Result files or folders; every folder is one execution of the sweep, and its runs are kept apart from the others’'),
    out: z.string().optional().describe('File to write; without it nothing is written and --json holds the document'),
    model: z.string().optional().describe('Name under which the model is served, where no file says'),
    modelPath: z.string().optional().describe('Its organisation and repository'),
    concurrency: z.int().min(1).optional().describe('Requests in flight, for results that do not say it'),
    context: z.array(z.string()).default([]).describe('deployment.KEY=VALUE or workload.KEY=VALUE that no file says'),
  }),
  output: baselineBridgeSchema,
  examples: [{ title: 'a sweep of vllm bench with two trials at one point', args: ['examples/serving/sweep.jsonl'] }],
  async run(context, { files, out, model, modelPath, concurrency, context: pairs }) {
    const { document, notes, sources } = await bridgeBundle(
      files.map((file) => context.path(file)),
      {
        configRoot: context.configRoot,
        stated: statedContext(pairs, model, modelPath),
        ...(concurrency === undefined ? {} : { concurrency }),
      },
    )
    const text = perfbenchText(document)
    if (out !== undefined) writeWhole(context.path(out), text)
    return {
      schema: 'baseline-bridge/1' as const,
      sources: [...sources],
      document: inferencePerfbenchSchema.parse(JSON.parse(text)),
      notes: [...notes],
      ...(out === undefined ? {} : { written: basename(out) }),
    }
  },
  render: bridgeText,
})
