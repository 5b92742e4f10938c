import { hostname, release, type as systemType, userInfo } from 'node:os'
import { basename, extname, join, relative } from 'node:path'
import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { shellWord } from '#base/shell-word.ts'
import { formatCount, significant } from '#base/units.ts'
import { type BaselineRecord, baselineRecordSchema } from '#formats/baseline-record.ts'
import { type InferencePerfbench, perfbenchText } from '#formats/inference-perfbench.ts'
import { directionSchema, type PerfBaseline } from '#formats/perf-baseline.ts'
import { repositoryOf } from '#pipeline/baseline-registry.ts'
import { loadPerfbench, readPerfbench } from '#pipeline/perfbench.ts'
import { buildId } from '#platform/build-id.ts'
import { hashPath } from '#platform/hashing.ts'
import { entryFolder, segment, stampOf } from '#store/baselines/layout.ts'
import { recordBaseline, registeredTime } from '#store/baselines/record.ts'
import { defineCommand } from './define-command.ts'
import { statedContext } from './framework/stated-context.ts'
import { version } from './framework/version.ts'

const HEADLINE_CONCURRENCY = 16

const input = z.object({
  source: z.string().describe('inference_perfbench_v1, any benchmark result or bundle (it is bridged), or any file of another family'),
  family: z.string().default('inference').describe('Family of measurements'),
  measurement: z.string().optional().describe('Name of the measurement; <model>-perfbench-v1 where the source says its model'),
  model: z.string().optional().describe('Name under which the model is served, where the source does not say'),
  unit: z.string().default('structured-json').describe('Unit of the value; structured-json where the source holds the values'),
  value: z.number().optional().describe('The single value, for families that have one'),
  direction: directionSchema.optional().describe('Needed where no schema knows it; inference_perfbench_v1 has a direction per metric'),
  notes: z.string().default('').describe('Free text; quality scores belong here: GPQA=0.62 MMLU-Pro=0.71'),
  cluster: z.string().optional().describe('Where it was measured, if the source does not say'),
  context: z.array(z.string()).default([]).describe('deployment.KEY=VALUE or workload.KEY=VALUE that the bundle does not say'),
  solPct: z.number().min(0).optional().describe('Percent of speed of light of the headline'),
  solCeilingKey: z.string().optional().describe('Key path of the ceiling that it is of'),
  registeredAt: z.string().optional().describe('UTC time of the entry (default: now), for importing older baselines'),
  repo: z.string().optional().describe('Repository of the registry (default: PROFILE_AND_OPTIMIZE_REPO_ROOT, else here)'),
  dryRun: z.boolean().default(false).describe('Say what would be registered, and write nothing'),
})
type Input = z.output<typeof input>

/** The document that a source is or can be bridged to; undefined for other families and single values. */
async function documentOf(path: string, given: Input, configRoot: string) {
  if (given.family !== 'inference' && readPerfbench(path) === undefined) return undefined
  return given.value === undefined ? loadPerfbench(path, { configRoot, stated: statedContext(given.context, given.model) }) : undefined
}

function measurementOf(given: Input, document: InferencePerfbench | undefined): string {
  const model = given.model ?? document?.model ?? undefined
  if (given.measurement !== undefined) return segment('measurement', given.measurement)
  if (document !== undefined && typeof model === 'string')
    return segment('measurement', `${model.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '')}-perfbench-v1`)
  throw new SextantError(
    'usage',
    'the source does not say its model, so the measurement has no name',
    'Give --model NAME, or --measurement NAME.',
  )
}

function directionOf(given: Input, document: InferencePerfbench | undefined): z.infer<typeof directionSchema> {
  if (given.direction !== undefined) return given.direction
  if (document !== undefined) return 'two-sided'
  throw new SextantError(
    'usage',
    `nothing says whether more or less of ${given.measurement ?? given.family} is better`,
    'Give --direction higher-is-better, lower-is-better or two-sided.',
  )
}

interface Prepared {
  readonly baseline: Omit<PerfBaseline, 'source_sha256' | 'registered_at_utc'>
  readonly headline: number | null
}

function operator(env: Readonly<Record<string, string | undefined>>): string {
  if (env['USER'] !== undefined && env['USER'] !== '') return env['USER']
  try {
    return userInfo().username
  } catch {
    return 'unknown' // a container may run under a number that has no name
  }
}

function prepare(given: Input, document: InferencePerfbench | undefined, env: Readonly<Record<string, string | undefined>>): Prepared {
  const headline = document?.metrics[String(HEADLINE_CONCURRENCY)]?.throughput_toks_per_s ?? null
  const solPct = given.solPct ?? document?.sol_pct ?? undefined
  const solKey = given.solCeilingKey ?? document?.sol_ceiling_key ?? undefined
  const cluster = given.cluster ?? document?.deployment?.cluster ?? undefined
  const baseline = {
    schema: 'perf_baseline_v1',
    family: segment('family', given.family),
    measurement: measurementOf(given, document),
    value: given.value ?? null,
    direction: directionOf(given, document),
    unit: given.unit,
    source_path: given.source,
    schema_path: document === undefined ? null : document.schema,
    registered_by: { operator_user: operator(env) },
    workstation: { hostname: hostname(), uname: `${systemType()} ${release()}` },
    profile_and_optimize_sha: `sextant ${version} ${buildId()}`,
    notes: given.notes,
    ...(cluster === undefined ? {} : { cluster }),
    headline: headline === null ? null : { concurrency: HEADLINE_CONCURRENCY, throughput_toks_per_s: headline },
    ...(solPct === undefined ? {} : { sol_pct: solPct }),
    ...(solKey === undefined ? {} : { sol_ceiling_key: solKey }),
    ...(typeof document?.sol_ceiling_value === 'number' ? { sol_ceiling_value: document.sol_ceiling_value } : {}),
  }
  return { baseline, headline }
}

export const command = defineCommand({
  name: 'baseline record',
  tool: 'perf_baseline_record',
  summary: 'Register a run as the baseline that later runs are compared with: immutable, hashed, indexed',
  effect: 'writes_artifacts',
  positional: ['source'],
  input,
  output: baselineRecordSchema,
  examples: [
    {
      title: 'what registering a sweep would write',
      args: ['examples/serving/sweep.jsonl', '--registered-at', '2026-05-19T20:00:00Z', '--notes', 'GPQA=0.62', '--dry-run'],
    },
  ],
  async run(context, given): Promise<BaselineRecord> {
    const source = context.path(given.source)
    const loaded = await documentOf(source, given, context.configRoot)
    const document = loaded?.document
    const { baseline, headline } = prepare(given, document, context.env)
    const { family, measurement } = baseline as PerfBaseline // its index signature hides its own keys
    const repository = repositoryOf(given.repo, context.env, context.path)
    const registeredUs = given.registeredAt === undefined ? undefined : registeredTime(given.registeredAt)
    const isDocument = document !== undefined && readPerfbench(source) !== undefined
    const recorded = given.dryRun
      ? undefined
      : await recordBaseline({
          root: repository.registry,
          source,
          baseline,
          ...(document === undefined || isDocument ? {} : { extra: { 'inference_perfbench_v1.json': perfbenchText(document) } }),
          ...(registeredUs === undefined ? {} : { registeredUs }),
        })
    const stamp = registeredUs === undefined ? '<UTC>' : stampOf(registeredUs)
    const folder =
      recorded?.folder ??
      (registeredUs === undefined
        ? join(repository.registry, family, measurement, stamp)
        : entryFolder(repository.registry, family, measurement, stamp))
    const sha256 = recorded?.sha256 ?? (await hashPath(source))
    return {
      schema: 'baseline-record/1',
      sources: [...(loaded?.sources ?? [{ path: basename(source), sha256 }])],
      family,
      measurement,
      unit: given.unit,
      direction: directionOf(given, document),
      value: given.value ?? null,
      headline,
      headlineText: headlineText(given, headline, document),
      sourceSha256: sha256,
      registryPath: relative(repository.root, folder),
      state: recorded === undefined ? 'dry-run' : recorded.isNew ? 'recorded' : 'already-recorded',
      diffCommand: `sextant baseline diff --baseline ${shellWord(`${family}/${measurement}/${basename(folder)}`)} --current RUN${extname(given.source) === '.json' ? '.json' : ''}`,
      notes: [...(loaded?.notes ?? [])],
    }
  },
  render(output) {
    const lines = [
      { recorded: 'Registered', 'already-recorded': 'Registered already, from the same bytes', 'dry-run': 'Would be registered' }[
        output.state
      ],
      `Registry path:  ${output.registryPath}`,
      `sha256:         ${output.sourceSha256}`,
      `Headline:       ${output.headlineText}`,
      `Compare with:   ${output.diffCommand}`,
      ...(output.notes.length === 0 ? [] : ['', 'Notes:', ...output.notes.map((note) => `  ${note}`)]),
    ]
    return `${lines.join('\n')}\n`
  },
})

function headlineText(given: Input, headline: number | null, document: InferencePerfbench | undefined): string {
  if (headline !== null) return `${significant(headline, 4)} output tokens/s at concurrency ${HEADLINE_CONCURRENCY}`
  if (given.value !== undefined) return `${formatCount(given.value)} ${given.unit}`
  if (document === undefined) return 'none: the values are in the source'
  return `none: concurrency ${HEADLINE_CONCURRENCY} was not measured (the sweep has ${Object.keys(document.metrics).join(', ')})`
}
