import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { type Finding, findingSchema, findingSeveritySchema, findingStatusSchema, findingsRecordSchema } from '#formats/findings.ts'
import { findingsPlace } from '#store/findings/findings-place.ts'
import { recordFinding } from '#store/findings/record-finding.ts'
import { type CommandContext, defineCommand } from './define-command.ts'
import { findingsRecordText } from './text/findings-text.ts'

const input = z.object({
  findingsYaml: z.string().describe('BUNDLE/findings/findings.yaml, or the folder of the bundle; begun where it is absent'),
  id: z.string().describe('Stable id: a finding with it is replaced'),
  severity: findingSeveritySchema.describe('How bad'),
  sourceSkill: z.string().describe('Skill or command that found it'),
  sourceQuery: z.string().describe('What was asked'),
  headline: z.string().describe('One sentence with its number'),
  recommendedAction: z.string().describe('What to do next'),
  status: findingStatusSchema.default('open').describe('Of the finding'),
  evidencePath: z.string().optional().describe('File of the bundle that shows it, relative to the bundle; refused where it is not there'),
  affectedEntity: z.array(z.string()).default([]).describe('KIND=VALUE, as pod=vllm-0 or kernel=fmha'),
  reference: z.array(z.string()).default([]).describe('Link or document'),
  notes: z.string().optional().describe('Free text'),
  detectedAtUtc: z.iso.datetime().optional().describe('When it was found; else that of the finding that is replaced, else now'),
  dryRun: z.boolean().default(false).describe('Say what would be recorded, write nothing'),
})
type Input = z.output<typeof input>

/** `kind=value` or `kind:value`; the first sign parts them, values may hold both. */
function entity(given: string): { readonly kind: string; readonly value: string } {
  const at = given.search(/[=:]/)
  const [kind, value] = [given.slice(0, Math.max(at, 0)).trim(), given.slice(at + 1).trim()]
  if (at < 0 || kind === '' || value === '') {
    throw new SextantError('usage', `--affected-entity ${given} is not understood`, 'Write KIND=VALUE, as pod=vllm-0.', { given })
  }
  return { kind, value }
}

function findingOf(given: Input): Finding {
  const parsed = findingSchema.safeParse({
    id: given.id,
    severity: given.severity,
    source_skill: given.sourceSkill,
    source_query: given.sourceQuery,
    headline: given.headline,
    recommended_action: given.recommendedAction,
    status: given.status,
    ...(given.evidencePath === undefined ? {} : { evidence_path: given.evidencePath }),
    ...(given.affectedEntity.length === 0 ? {} : { affected_entities: given.affectedEntity.map(entity) }),
    ...(given.reference.length === 0 ? {} : { references: given.reference }),
    ...(given.notes === undefined ? {} : { notes: given.notes }),
    ...(given.detectedAtUtc === undefined ? {} : { detected_at_utc: given.detectedAtUtc }),
  })
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new SextantError('usage', `wrong finding: ${issues.join('; ')}`, 'Every text of a finding says something.', { issues })
}

/** A path from the working folder may also name evidence; over a door that confines, one outside is simply not it. */
function fromHere(context: CommandContext, given: string | undefined): string | undefined {
  if (given === undefined) return undefined
  try {
    return context.path(given)
  } catch {
    return undefined
  }
}

export const command = defineCommand({
  name: 'findings record',
  tool: 'findings_record',
  summary: 'Record a finding in a bundle, or replace the one with its id: what was found, what shows it, what to do',
  effect: 'writes_artifacts',
  input,
  output: findingsRecordSchema,
  examples: [
    {
      title: 'what recording one would write',
      args: [
        '--findings-yaml',
        'examples/evidence-bundle/findings/findings.yaml',
        '--id',
        'moe-gemm-largest',
        '--severity',
        'medium',
        '--source-skill',
        'kernels',
        '--source-query',
        'which family takes the most kernel time?',
        '--headline',
        'moe-gemm takes 28.4 % of kernel time',
        '--recommended-action',
        'Measure its roof with Nsight Compute',
        '--evidence-path',
        'profiles/kernels-by-family.txt',
        '--affected-entity',
        'family=moe-gemm',
        '--detected-at-utc',
        '2026-11-01T00:00:00Z',
        '--dry-run',
      ],
    },
  ],
  async run(context, given) {
    const place = findingsPlace(context.path(given.findingsYaml), given.findingsYaml)
    const evidenceFromHere = fromHere(context, given.evidencePath)
    const recorded = await recordFinding({
      place,
      finding: findingOf(given),
      nowUtc: new Date().toISOString(),
      dryRun: given.dryRun,
      ...(evidenceFromHere === undefined ? {} : { evidenceFromHere }),
    })
    return { schema: 'findings-record/1' as const, findings_yaml: place.shown, ...recorded }
  },
  render: findingsRecordText,
})
