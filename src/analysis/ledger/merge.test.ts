import { expect, it } from 'vitest'
import type { Ledger, LedgerRow } from '#formats/ledger.ts'
import type { TrialJudgement } from '#formats/trial.ts'
import { calibrationOf, recordsOf } from './calibration.ts'
import { judgedRow, mergeRows, recordOutcome } from './merge.ts'

const row = (lever: string, over: Partial<LedgerRow> = {}): LedgerRow => ({
  rank: 1,
  handle: 'l-1',
  lever,
  title: lever,
  type: 'config',
  engine: 'vllm',
  class: 'host',
  expected_effect: 'TPOT −20 %',
  effects: [{ metric: 'tpot', unit: 'ns', change: { low: 0.1, median: 0.2, high: 0.3 } }],
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
  change: { summary: 'async scheduling', sideEffects: [] },
  preconditions: [],
  risks: [],
  accuracyGate: false,
  falsifier: 'TPOT does not fall',
  status: 'DRAFT',
  ...over,
})

const judgement = (over: Partial<TrialJudgement>): TrialJudgement => ({
  schema: 'trial-verdict/1',
  sources: [],
  trial: 't-1',
  verdict: 'PROVEN',
  reason: 'the interval excludes zero',
  standing: 'VERDICT',
  blocks: [],
  metric: 'tpot-median',
  betterIs: 'lower',
  absolute: { A: 10, B: 8 },
  pairs: { planned: 4, counted: 4, excluded: 0 },
  improvementRatio: 0.2,
  look: { number: 1, planned: 4, alpha: 0.02, remaining: 3 },
  perPair: [],
  excluded: [],
  secondary: [],
  next: { lever: 'x', expectedUnlock: 'y', gate: 'z' },
  ...over,
})
const outcome = (over: Partial<TrialJudgement> = {}) => ({
  trial: 't-1',
  judgement: judgement(over),
  artifact: { path: 'experiments/artifacts/trials/t-1/verdict.json', sha256: 'b'.repeat(64) },
})

it('PROVEN is a VERDICT only where nothing blocks it', () => {
  expect(judgedRow(row('L01 a'), outcome())).toMatchObject({ status: 'PROVEN', confidence: 'VERDICT' })
  const blocked = judgedRow(row('L01 a'), outcome({ standing: 'DRAFT', blocks: ['node is not known of every run'] }))
  expect(blocked).toMatchObject({ status: 'PROVEN', confidence: 'DRAFT' })
  expect(blocked.outcome?.why).toContain('node is not known')
})

it('a null or harmful lever never becomes a VERDICT, and stays with why', () => {
  for (const verdict of ['NULL', 'REFUTED', 'INCONCLUSIVE', 'INVALID'] as const) {
    expect(judgedRow(row('L01 a'), outcome({ verdict, reason: 'because' }))).toMatchObject({ status: verdict, confidence: 'DRAFT' })
  }
})

it('predicted and measured are compared only where they are the same metric', () => {
  expect(judgedRow(row('L01 a'), outcome()).outcome?.insidePrediction).toBe(true)
  // A is 60 % above B: B takes 37.5 % less.
  expect(judgedRow(row('L01 a'), outcome({ improvementRatio: 0.6 })).outcome).toMatchObject({ insidePrediction: false, measured: 0.375 })
  const gained = judgedRow(row('L01 a'), outcome({ metric: 'output-throughput', betterIs: 'higher' }))
  expect(gained.outcome?.measured).toBe(0.2)
  expect(judgedRow(row('L01 a'), outcome({ metric: 'ttft-median' })).outcome?.insidePrediction).toBeUndefined()
})

it('a later synthesis keeps what was tried, and rows that it does not propose any more', () => {
  const tried = judgedRow(row('L01 a'), outcome({ verdict: 'NULL' }))
  const merged = mergeRows([tried, row('L09 old', { status: 'REFUTED' })], [row('L02 b'), row('L01 a', { score: 0.5 })])
  expect(merged.map(({ lever, status, handle }) => [lever, status, handle])).toEqual([
    ['L02 b', 'DRAFT', 'l-1'],
    ['L01 a', 'NULL', 'l-2'],
    ['L09 old', 'REFUTED', 'l-3'],
  ])
  expect(merged[1]?.score).toBe(0.5)
})

it('an outcome is an event of the ledger; a lever that it does not have is none', () => {
  const ledger: Ledger = {
    schema: 'ledger/1',
    sources: [],
    family: 'f',
    run_id: 'r',
    rows: [row('L01 a', { status: 'staged' })],
    events: [],
  }
  const after = recordOutcome(ledger, 'L01 a', outcome(), '2026-01-01T00:00:00Z')
  expect(after?.events).toMatchObject([{ from: 'staged', to: 'PROVEN' }])
  expect(recordOutcome(ledger, 'L77 x', outcome(), '2026-01-01T00:00:00Z')).toBeUndefined()
})

it('only what measured something is a record; held is proven inside the interval', () => {
  const rows = [
    judgedRow(row('L01 a'), outcome()),
    judgedRow(row('L01 a'), outcome({ improvementRatio: 0.9 })),
    judgedRow(row('L01 a'), outcome({ verdict: 'NULL', improvementRatio: 0 })),
    judgedRow(row('L01 a'), outcome({ verdict: 'INVALID' })),
    row('L02 b'),
  ]
  expect(recordsOf(rows)).toEqual({ L01: { trials: 3, held: 1 } })
  expect(calibrationOf(rows)[0]).toMatchObject({ proven: 2, tried_null: 1, nextRecordFactor: 0.4 })
})

it('a proven kernel over a baseline of lower H or R stays a draft, with why; over the one that serves it is a verdict', () => {
  const at = (H: number, R: number, name: string) => ({ K: 4, R, H, P: 4, A: 1, name })
  const kernel = (H: number): LedgerRow =>
    row('L35 skinny-gemm', {
      type: 'kernel',
      change: { summary: 'x', sideEffects: [], kernel: { candidate: 'mine', baseline: 'gemm_kernel' } },
      krhpa: { candidate: at(3, 2, 'mine'), baseline: at(H, 2, 'gemm_kernel') },
    })
  const unfair = judgedRow(kernel(1), outcome())
  expect(unfair).toMatchObject({ status: 'PROVEN', confidence: 'DRAFT' })
  expect(unfair.outcome?.why).toMatch(/H1 against H3/)
  expect(judgedRow(kernel(4), outcome())).toMatchObject({ status: 'PROVEN', confidence: 'VERDICT' })
  const { krhpa: _, ...bare } = kernel(4)
  expect(judgedRow(bare, outcome())).toMatchObject({ status: 'PROVEN', confidence: 'DRAFT' })
  // What was refuted is refuted over any baseline.
  expect(judgedRow(kernel(1), outcome({ verdict: 'REFUTED' })).outcome?.why).not.toMatch(/H1/)
})
