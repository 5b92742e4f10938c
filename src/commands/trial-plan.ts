import * as z from 'zod'
import { SMALLEST_EFFECT_RATIO } from '#analysis/trial/floor.ts'
import { MOST_LOOKS } from '#analysis/trial/looks.ts'
import { plannedRuns } from '#analysis/trial/open-runs.ts'
import { SextantError } from '#base/errors.ts'
import { segmentSchema } from '#formats/evidence-manifest.ts'
import { type TrialArm, type TrialPlan, trialMetricSchema, trialStateSchema } from '#formats/trial.ts'
import { experimentsRoot } from '#store/bundle/paths.ts'
import { trialFolder, writePlan } from '#store/trials/trial-folder.ts'
import { defineCommand } from './define-command.ts'
import { trialStateText } from './text/trial-text.ts'

const fact = 'NAME=VALUE of what is true of this arm: node, gpuUuids, image, cudagraphMode, and what differs'

export const command = defineCommand({
  name: 'trial plan',
  summary: 'Plan a paired experiment of two arms: the metric, the pairs in mirrored order, the noise floor, how often it may be judged',
  effect: 'writes_artifacts',
  positional: ['trial'],
  input: z.object({
    trial: segmentSchema.describe('Id of the trial'),
    title: z.string().default('').describe('One line for people'),
    hypothesis: z.string().optional().describe('What B should do, so that it can be refuted'),
    aLabel: z.string().min(1).describe('What A is: the named baseline'),
    bLabel: z.string().min(1).describe('What B is: the change'),
    aUrl: z.url().optional().describe('Endpoint of A; without one, results are recorded from files'),
    bUrl: z.url().optional().describe('Endpoint of B'),
    aStart: z.array(z.string()).default([]).describe('Program and arguments that start A, each its own --a-start'),
    bStart: z.array(z.string()).default([]).describe('Program and arguments that start B'),
    aStop: z.array(z.string()).default([]).describe('Program and arguments that stop A; else its process is ended'),
    bStop: z.array(z.string()).default([]).describe('Program and arguments that stop B'),
    aFact: z.array(z.string()).default([]).describe(fact),
    bFact: z.array(z.string()).default([]).describe(fact),
    factor: z.array(z.string()).default([]).describe('Name of a fact that is meant to differ'),
    metric: trialMetricSchema.default('tpot-median').describe('The one primary metric'),
    tier: z
      .enum(['latency', 'throughput'])
      .default('latency')
      .describe('What is claimed: latency needs median TPOT or ITL, throughput a rate'),
    concurrency: z.int().min(1).default(1).describe('Requests in flight'),
    requests: z.int().min(1).optional().describe('Requests of each run (default: the larger of 64 and four times the concurrency)'),
    inputTokens: z.int().min(1).optional().describe('Prompt length to aim at'),
    outputTokens: z.int().min(1).optional().describe('Answer length to ask for'),
    pairs: z.int().min(3).max(500).default(4).describe('Pairs of A and B: even numbers are in balance, four cancel a bent drift'),
    aaPairs: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe('Pairs of A against A that measure the noise floor (default: 3, or none where a floor is given)'),
    floorPercent: z.number().positive().max(50).optional().describe('Noise floor from history, instead of A/A pairs'),
    smallestEffectPercent: z
      .number()
      .positive()
      .max(50)
      .default(100 * SMALLEST_EFFECT_RATIO)
      .describe('Smallest effect worth having: what is shown to be within it, or within the noise floor, is NULL'),
    looks: z.int().min(1).max(MOST_LOOKS).default(4).describe('How often it may be judged on more pairs: each look costs level'),
    seed: z.int().min(0).default(1).describe('Order and prompts follow from it'),
    createdAtUtc: z.iso.datetime().optional().describe('Time of planning; else now'),
    dryRun: z.boolean().default(false).describe('Say the plan, write nothing'),
  }),
  output: trialStateSchema,
  examples: [
    {
      title: 'does asynchronous scheduling shorten the step?',
      args: [
        'async-1',
        ...['--a-label', 'synchronous scheduling', '--b-label', 'asynchronous scheduling'],
        ...['--a-url', 'http://127.0.0.1:8000', '--b-url', 'http://127.0.0.1:8001'],
        ...['--factor', 'asyncScheduling', '--a-fact', 'asyncScheduling=off', '--b-fact', 'asyncScheduling=on'],
        ...['--created-at-utc', '2026-11-01T00:00:00Z', '--dry-run'],
      ],
    },
  ],
  async run(context, input) {
    const { trial, dryRun } = input
    const plan = planOf(input)
    const shown = trialFolder(trial)
    if (!dryRun) writePlan(context.path(`${experimentsRoot(context.env, '.')}/${shown}`), shown, plan)
    const runs = plannedRuns(plan, [], plan.pairs).map(({ kind, pair, arm, state }) => ({ kind, pair, arm, state }))
    return { schema: 'trial-state/1' as const, sources: [], trial, folder: shown, dryRun, plan, runs, recorded: [] }
  },
  render: trialStateText,
})

interface PlanInput {
  readonly trial: string
  readonly title: string
  readonly hypothesis?: string | undefined
  readonly aLabel: string
  readonly bLabel: string
  readonly aUrl?: string | undefined
  readonly bUrl?: string | undefined
  readonly aStart: readonly string[]
  readonly bStart: readonly string[]
  readonly aStop: readonly string[]
  readonly bStop: readonly string[]
  readonly aFact: readonly string[]
  readonly bFact: readonly string[]
  readonly factor: readonly string[]
  readonly metric: TrialPlan['metric']
  readonly tier: TrialPlan['tier']
  readonly concurrency: number
  readonly requests?: number | undefined
  readonly inputTokens?: number | undefined
  readonly outputTokens?: number | undefined
  readonly pairs: number
  readonly aaPairs?: number | undefined
  readonly floorPercent?: number | undefined
  readonly smallestEffectPercent: number
  readonly looks: number
  readonly seed: number
  readonly createdAtUtc?: string | undefined
}

function planOf(input: PlanInput): TrialPlan {
  const { hypothesis, inputTokens, outputTokens, floorPercent, concurrency } = input
  const aaPairs = input.aaPairs ?? (floorPercent === undefined ? 3 : 0)
  if (aaPairs === 0 && floorPercent === undefined) {
    throw new SextantError(
      'usage',
      'without A/A pairs and without a floor no outcome can be judged',
      'Leave --aa-pairs at 3, or give --floor-percent from history.',
    )
  }
  return {
    schema: 'trial-plan/1',
    trial: input.trial,
    created_at_utc: input.createdAtUtc ?? new Date().toISOString(),
    title: input.title,
    ...(hypothesis === undefined ? {} : { hypothesis }),
    arms: {
      A: armOf('A', input.aLabel, input.aUrl, input.aStart, input.aStop, input.aFact),
      B: armOf('B', input.bLabel, input.bUrl, input.bStart, input.bStop, input.bFact),
    },
    factors: [...input.factor],
    metric: input.metric,
    tier: input.tier,
    concurrency,
    load: {
      requests: input.requests ?? Math.max(64, 4 * concurrency),
      ...(inputTokens === undefined ? {} : { inputTokens }),
      ...(outputTokens === undefined ? {} : { outputTokens }),
    },
    pairs: input.pairs,
    aaPairs,
    ...(floorPercent === undefined ? {} : { givenFloorRatio: floorPercent / 100 }),
    smallestEffectRatio: input.smallestEffectPercent / 100,
    looks: input.looks,
    seed: input.seed,
  }
}

function armOf(
  arm: 'A' | 'B',
  label: string,
  url: string | undefined,
  start: readonly string[],
  stop: readonly string[],
  facts: readonly string[],
): TrialArm {
  if (start.length > 0 && url === undefined)
    throw new SextantError('usage', `arm ${arm} is started, but its endpoint is not named`, `Name it: --${arm.toLowerCase()}-url.`)
  return {
    label,
    ...(url === undefined ? {} : { url }),
    ...(start.length === 0 ? {} : { start: [...start] }),
    ...(stop.length === 0 ? {} : { stop: [...stop] }),
    facts: parseFacts(facts),
  }
}

export function parseFacts(facts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    facts.map((each) => {
      const [name = '', ...value] = each.split('=')
      if (!/^[A-Za-z][A-Za-z0-9_.-]*$/.test(name) || value.length === 0)
        throw new SextantError('usage', `“${each}” is no fact`, 'Write NAME=VALUE.', { fact: each })
      return [name, value.join('=')] as const
    }),
  )
}
