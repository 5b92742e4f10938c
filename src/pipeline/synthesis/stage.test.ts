import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { DeploymentFile } from '#formats/deployment.ts'
import { type LedgerRow, ledgerRowSchema } from '#formats/ledger.ts'
import type { Synthesis } from '#formats/synthesis.ts'
import { trialPlanSchema } from '#formats/trial.ts'
import { loadEngineKnobs } from '#pipeline/engine-knobs.ts'
import { stageRow, trialIdOf } from './stage.ts'

const knobs = loadEngineKnobs(fileURLToPath(new URL('../../../configs', import.meta.url)))

const deployment: DeploymentFile = {
  schema: 'deployment/1',
  engine: { name: 'vllm', version: '0.26.0' },
  arguments: { 'async-scheduling': false, 'max-num-seqs': 64 },
  environment: { VLLM_LOGGING_LEVEL: 'INFO' },
  launch: { program: ['vllm', 'serve', 'some/model'], url: 'http://127.0.0.1:8000' },
  workload: { inputTokens: 512, outputTokens: 128.4, concurrency: 8 },
}

const row: LedgerRow = ledgerRowSchema.parse({
  rank: 1,
  handle: 'l-1',
  lever: 'L01 async-scheduling',
  title: 'Schedule ahead',
  type: 'config',
  engine: 'vllm',
  class: 'host',
  expected_effect: 'TPOT −20 %',
  effects: [{ metric: 'tpot', concurrency: 16, unit: 'ns', change: { low: 0.1, median: 0.2, high: 0.3 } }],
  bound: { by: 'replay', ceilingRatio: 0.5, text: 'replay', assumptions: [] },
  evidence_artifacts: [{ path: 'a.sqlite', sha256: 'a'.repeat(64) }],
  citations: ['c-1'],
  because: ['half of the step is host'],
  source_refs: [],
  sol_rigor: 'L2',
  confidence: 'DRAFT',
  confidence_score: 0.3,
  factors: { rigor: 0.6, preconditions: 1, joins: 1, contradictions: 1, record: 0.5 },
  cost: { hours: 1, why: 'a flag' },
  score: 0.02,
  change: {
    summary: 'schedule ahead',
    settings: [{ knob: 'async-scheduling', to: true }],
    arguments: ['- --no-async-scheduling', '+ --async-scheduling'],
    sideEffects: [],
  },
  preconditions: [],
  risks: [],
  accuracyGate: false,
  falsifier: 'TPOT does not fall',
  status: 'DRAFT',
})

const synthesis = (over: Partial<Synthesis> = {}) => ({ bundle: { family: 'glm', run_id: 'run-7' }, deployment, ...over }) as Synthesis

it('the arms differ in what the lever changes and in nothing else', () => {
  const staged = stageRow(synthesis(), row, knobs, '2026-01-01T00:00:00Z')
  if (staged.state !== 'planned') throw new Error(staged.why)
  const { plan } = staged
  expect(trialPlanSchema.parse(plan)).toEqual(plan)
  expect(plan).toMatchObject({ trial: 'run-7-l01-async-scheduling', metric: 'tpot-median', tier: 'latency', concurrency: 16 })
  const [a, b] = [plan.arms.A.start ?? [], plan.arms.B.start ?? []]
  expect(a.slice(0, 5)).toEqual(['env', 'VLLM_LOGGING_LEVEL=INFO', 'vllm', 'serve', 'some/model'])
  expect(a).toContain('--max-num-seqs')
  expect(a).toContain('--no-async-scheduling')
  expect(b).toContain('--max-num-seqs')
  expect(a).not.toEqual(b)
  expect(plan.factors.length).toBeGreaterThan(0)
  for (const factor of plan.factors) expect(plan.arms.A.facts[factor]).not.toBe(plan.arms.B.facts[factor])
  expect(plan.prediction).toMatchObject({ family: 'glm', run_id: 'run-7', lever: row.lever, change: { median: 0.2 } })
})

it('a tail is planned with the requests that its percentile needs', () => {
  const tail = { ...row, effects: [{ metric: 'itl-p99' as const, unit: 'ns' as const, change: { low: 0.1, median: 0.2, high: 0.3 } }] }
  const staged = stageRow(synthesis(), tail, knobs, '2026-01-01T00:00:00Z')
  expect(staged).toMatchObject({ plan: { metric: 'itl-p99', load: { requests: 368 } } })
})

it('without a deployment nothing is staged', () => {
  const { deployment: _, ...without } = synthesis()
  expect(stageRow(without as Synthesis, row, knobs, '2026-01-01T00:00:00Z')).toMatchObject({ state: 'refused' })
})

it('ids of trials are prefixed by the experiment', () => {
  expect(trialIdOf('run-7', 'L31 quantize weights (Q)')).toBe('run-7-l31-quantize-weights-q-')
})

it('a trial’s margin of no effect stays below what is predicted at least, or else at most', () => {
  const marginOf = (low: number, high: number): number | undefined => {
    const predicted = {
      ...row,
      effects: [{ metric: 'tpot' as const, unit: 'ns' as const, change: { low, median: (low + high) / 2, high } }],
    }
    const staged = stageRow(synthesis(), predicted, knobs, '2026-01-01T00:00:00Z')
    return staged.state === 'planned' ? staged.plan.smallestEffectRatio : undefined
  }
  expect(marginOf(0.1, 0.3)).toBe(0.01)
  expect(marginOf(0.004, 0.03)).toBe(0.004)
  expect(marginOf(-0.01, 0.006)).toBe(0.006)
})
