import { expect, it } from 'vitest'
import type { Candidate, Lever } from '#analysis/levers/lever.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import type { EvidenceTopic } from '#formats/evidence-topic.ts'
import type { Citation } from '#formats/source.ts'
import { buildLedger, type LedgerInput, requireRow } from './build-ledger.ts'
import { propose } from './propose.ts'

const cited = (value: number, citation = 'c-1') => ({ value, citation })

const evidence = (over: Partial<Evidence> = {}): Evidence => ({
  deployment: { engine: 'vllm', model: {}, usdPerGpuHour: 6, gpus: 8, knob: () => ({ state: 'unknown', why: 'not given' }) },
  kinds: new Set(['nsys', 'dcgm']),
  classes: [],
  families: [],
  frames: [],
  disputed: new Set(),
  corroborated: new Set<EvidenceTopic>(['host']),
  serving: { concurrency: cited(8), tpotNs: cited(10e6), ttftP50Ns: cited(100e6), outputTokens: cited(101), outputTokensPerS: cited(800) },
  ...over,
})

const citation = (tier: Citation['tier']): Citation => ({
  artifacts: [{ path: 'profiles/decode.sqlite', sha256: 'a'.repeat(64) }],
  command: 'decode-budget@0.1.0',
  input: {},
  pointer: '/devices/0/shares/host',
  value: 0.5,
  tier,
  standing: 'DRAFT',
  context: {},
})

const candidate = (over: Partial<Candidate> = {}): Candidate => ({
  part: 'host-between',
  ceilingRatio: 0.5,
  effect: { by: 'replay', changes: ['host=0.1..0.3'], assumptions: [] },
  summary: 'schedule the next step while this one runs',
  because: ['half of the step is host'],
  cites: [cited(0.5)],
  restsOn: ['host'],
  preconditions: [],
  risks: [],
  falsifier: 'median TPOT does not fall',
  ...over,
})

const lever = (over: Partial<Lever> = {}, answer: ReturnType<Lever['check']> = candidate()): Lever => ({
  id: 'L01',
  name: 'async-scheduling',
  title: 'Schedule ahead',
  type: 'config',
  class: 'host',
  engines: ['vllm'],
  cost: { hours: 1, why: 'one flag' },
  changesAccuracy: false,
  reference: { repo: 'vllm-project/vllm', commit: '6adad087', file: 'vllm/config/vllm.py' },
  check: () => answer,
  ...over,
})

const input = (over: Partial<LedgerInput> = {}): LedgerInput => ({
  evidence: evidence(),
  citations: { 'c-1': citation('L2'), 'c-2': citation('L4'), 'c-9': citation('L2') },
  focus: 'mixed',
  records: {},
  seed: 1,
  replayed: new Map([['host=0.1..0.3', { ratio: { low: 0.6, median: 0.65, high: 0.7 }, steps: 40, errorRatio: 0, citation: 'c-9' }]]),
  assumptions: [],
  render: () => ({ sideEffects: [] }),
  ...over,
})

const rowsOf = (levers: readonly Lever[], of: LedgerInput = input()) => {
  const { proposals, notProposed } = propose(levers, of.evidence)
  const built = buildLedger(proposals, of)
  return { ...built, notProposed: [...notProposed, ...built.notProposed] }
}

const coordinate = (H: number, name: string) => ({ K: 4, R: 2, H, P: 4, A: 1, name })

it('a kernel lever carries the coordinates that its deployment gives, and no other lever does', () => {
  const krhpa = { candidate: coordinate(3, 'mine'), baseline: coordinate(4, 'serving') }
  const file = { schema: 'deployment/1' as const, engine: { name: 'vllm' as const }, arguments: {}, environment: {} }
  const given = { ...evidence().deployment, file: { ...file, krhpa: [{ lever: 'L35', ...krhpa }] } }
  const rowOf = (own: Lever) => rowsOf([own], input({ evidence: evidence({ deployment: given }) })).rows[0]
  expect(rowOf(lever({ id: 'L35', type: 'kernel' }))?.krhpa).toEqual(krhpa)
  expect(rowOf(lever({ id: 'L32', type: 'kernel' }))?.krhpa).toBeUndefined()
  expect(rowOf(lever({ id: 'L35' }))?.krhpa).toBeUndefined()
})

it('a replayed step becomes TPOT, throughput of a closed loop, and cost', () => {
  const [row] = rowsOf([lever()]).rows
  expect(row?.effects.map(({ metric }) => metric)).toEqual(['tpot', 'throughput', 'cost'])
  const [tpot, throughput, cost] = row?.effects ?? []
  // Wider than the draws by what two runs differ.
  expect(tpot?.change.low).toBeCloseTo(1 - 0.7 * 1.012)
  expect(tpot?.change.high).toBeCloseTo(1 - 0.6 * 0.988)
  // A request is 100 ms TTFT and 1000 ms decode; decode × 0.65 = 750 ms in all: 1100 / 750 more requests.
  expect(throughput?.change.median).toBeCloseTo(1100 / 750 - 1)
  // 48 USD an hour over 2.88 Mtok.
  expect(cost?.baseline).toBeCloseTo(48 / 2.88)
  expect(cost?.change.median).toBeCloseTo(1 - 750 / 1100)
})

it('every row is a draft that cites its evidence and the replay', () => {
  const [row] = rowsOf([lever()]).rows
  expect(row).toMatchObject({ confidence: 'DRAFT', status: 'DRAFT', sol_rigor: 'L2', handle: 'l-1', rank: 1 })
  expect(row?.citations).toEqual(['c-1', 'c-9'])
  expect(row?.evidence_artifacts).toEqual([{ path: 'profiles/decode.sqlite', sha256: 'a'.repeat(64) }])
})

it('a row without artifact, citation, rigor or standing cannot be built', () => {
  const [row] = rowsOf([lever()]).rows
  if (row === undefined) throw new Error('no row')
  expect(() => requireRow({ ...row, evidence_artifacts: [] })).toThrow('evidence_artifacts')
  expect(() => requireRow({ ...row, citations: [] })).toThrow('citations')
  for (const field of ['sol_rigor', 'confidence'] as const) {
    const { [field]: _, ...without } = row
    expect(() => requireRow(without as typeof row)).toThrow(field)
  }
})

it('a claim whose figures no document carries is not proposed', () => {
  const { rows, notProposed } = rowsOf([lever({}, candidate({ cites: [cited(1, 'c-404')], effect: formula(0.8) }))])
  expect(rows).toEqual([])
  expect(notProposed[0]?.reason).toBe('no artifact carries the claim')
})

it('what the replay shows to be off the critical path is not proposed', () => {
  const replayed = new Map([['host=0.1..0.3', { ratio: { low: 0.995, median: 1, high: 1 }, steps: 40, errorRatio: 0, citation: 'c-9' }]])
  const { rows, notProposed } = rowsOf([lever()], input({ replayed }))
  expect(rows).toEqual([])
  expect(notProposed[0]?.reason).toContain('not on the critical path')
})

it('without a replay only a direction is claimed, under the ceiling', () => {
  const [row] = rowsOf([lever()], input({ replayed: new Map(), noReplay: 'no host rows' })).rows
  expect(row).toMatchObject({ effects: [], bound: { by: 'ceiling', ceilingRatio: 0.5 } })
  expect(row?.expected_effect).toContain('unknown, at most 50 %')
})

const formula = (value: number): Candidate['effect'] => ({
  by: 'formula',
  metric: 'ttft',
  text: 'fewer tokens to prefill',
  uncertain: [{ name: 'part that stays', low: value, high: value + 0.1, why: 'a test' }],
  newOverOld: ([part = 1]) => part,
})

it('a formula is drawn over its ranges, deterministically', () => {
  const of = () => rowsOf([lever({}, candidate({ effect: formula(0.5) }))]).rows[0]?.effects[0]?.change
  expect(of()).toEqual(of())
  expect(of()?.low).toBeGreaterThan(0.39)
  expect(of()?.high).toBeLessThan(0.51)
})

it('an unmet precondition, a small ceiling and another engine are no rows; the first two say why', () => {
  const unmet = candidate({ preconditions: [{ what: 'async scheduling is off', state: 'unmet', why: 'it is on' }] })
  const { rows, notProposed } = rowsOf([
    lever({}, unmet),
    lever({ id: 'L02', name: 'small' }, candidate({ ceilingRatio: 0.01 })),
    lever({ id: 'L03', engines: ['sglang'] }),
  ])
  expect(rows).toEqual([])
  expect(notProposed.map(({ lever: id }) => id)).toEqual(['L01 async-scheduling', 'L02 small'])
})

it('a row says which topics no second source confirms, and nothing where all are', () => {
  const unsettled = (over: Partial<Evidence>) => rowsOf([lever()], input({ evidence: evidence(over) })).rows[0]?.unsettled
  expect(unsettled({ disputed: new Set<EvidenceTopic>(['host']) })).toEqual([{ topic: 'host', why: 'disputed' }])
  expect(unsettled({ corroborated: new Set() })).toEqual([{ topic: 'host', why: 'one source' }])
  expect(unsettled({})).toBeUndefined()
})

it('a disputed or uncompared topic lowers confidence alike, an unknown precondition halves it, a record replaces even odds', () => {
  const confidence = (over: Partial<LedgerInput>, of: Partial<Candidate> = {}) =>
    rowsOf([lever({}, candidate(of))], input(over)).rows[0]?.confidence_score ?? 0
  const whole = confidence({})
  const disputed = confidence({ evidence: evidence({ disputed: new Set<EvidenceTopic>(['host']), corroborated: new Set() }) })
  const uncompared = confidence({ evidence: evidence({ corroborated: new Set() }) })
  expect(disputed).toBe(uncompared)
  expect(disputed).toBeLessThan(whole)
  const unknown = confidence({}, { preconditions: [{ what: 'x', state: 'unknown', why: 'y' }] })
  expect(unknown).toBeCloseTo(whole / 2)
  expect(confidence({ records: { L01: { trials: 8, held: 8 } } })).toBeGreaterThan(whole)
  expect(confidence({ records: { L01: { trials: 8, held: 0 } } })).toBeLessThan(whole)
})

it('levers of the same time are one group, whose payoff is that of the best', () => {
  const better = candidate({ effect: { by: 'replay', changes: ['host=0.0..0.1'], assumptions: [] } })
  const replayed = new Map([
    ['host=0.1..0.3', { ratio: { low: 0.6, median: 0.65, high: 0.7 }, steps: 40, errorRatio: 0, citation: 'c-9' }],
    ['host=0.0..0.1', { ratio: { low: 0.5, median: 0.55, high: 0.6 }, steps: 40, errorRatio: 0, citation: 'c-9' }],
  ])
  const { rows, groups } = rowsOf([lever(), lever({ id: 'L12', name: 'runner' }, better)], input({ replayed }))
  expect(rows.map(({ lever: id }) => id)).toEqual(['L12 runner', 'L01 async-scheduling'])
  expect(groups).toHaveLength(1)
  expect(groups[0]?.together?.median).toBeCloseTo(0.45)
})

it('rank does not depend on the order in which levers are asked', () => {
  const levers = [lever(), lever({ id: 'L05', name: 'b' }), lever({ id: 'L07', name: 'c' }, candidate({ effect: formula(0.3) }))]
  const order = (of: readonly Lever[]) => rowsOf(of).rows.map(({ lever: id }) => id)
  expect(order([...levers].reverse())).toEqual(order(levers))
})

it('a change that was tried in the same context is not proposed again; in another one it is a risk, and another change is neither', () => {
  const own = lever({}, candidate({ settings: [{ knob: 'async-scheduling', to: true }] }))
  const prior = {
    lever: 'L01 async-scheduling',
    settings: [{ knob: 'async-scheduling', to: true }],
    status: 'NULL' as const,
    family: 'f',
    run_id: 'r',
    trial: 't-1',
    why: 'within noise',
    ledger: { path: 'experiments/artifacts/f/r/findings/ledger.json', sha256: 'a'.repeat(64) },
    isSame: true,
  }
  const of = (over: Partial<typeof prior>) => rowsOf([own], input({ priorArt: [{ ...prior, ...over }] }))
  expect(of({}).rows).toEqual([])
  expect(of({}).notProposed[0]?.reason).toBe(
    'tried in the same context: NULL in f/r (trial t-1: within noise; experiments/artifacts/f/r/findings/ledger.json)',
  )
  expect(of({ isSame: false }).rows[0]?.risks.at(-1)).toMatch(/^tried in another context: NULL in f\/r/)
  expect(of({ settings: [] }).rows[0]?.risks).toEqual([])
  expect(of({ lever: 'L02 eager-decode' }).rows[0]?.risks).toEqual([])
})
