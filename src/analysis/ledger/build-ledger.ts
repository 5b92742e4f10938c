/** Rows from proposals: bounded effect, confidence, rank. What the replay shows to be off the critical path is not proposed. */
import type { Candidate, KnobSetting } from '#analysis/levers/lever.ts'
import type { Evidence } from '#analysis/synthesis/evidence.ts'
import { type Effect, type LedgerRow, type LeverChange, ledgerRowSchema, type TrialRecord } from '#formats/ledger.ts'
import type { Citation, SourceReference } from '#formats/source.ts'
import type { Focus, PriorArt, Synthesis } from '#formats/synthesis.ts'
import { confidenceFactors, confidenceOf, tierOf, unsettledOf } from './confidence.ts'
import { drawFormula, metricOf, type NewOverOld, servingEffects, widened } from './effects.ts'
import { krhpaOf } from './krhpa.ts'
import { priorOf, priorText } from './prior-art.ts'
import { leverName, type NotProposed, type Proposal } from './propose.ts'
import { effectText } from './row-text.ts'
import { focusValue, scoreOf } from './value.ts'

/** What the replay of the captured steps said of one change, by its words. */
export interface ReplayedChange {
  readonly ratio: NewOverOld
  readonly steps: number
  /** What the unchanged replay misses of the measured step. */
  readonly errorRatio: number
  /** Of the what-if document: what `verify` recomputes. */
  readonly citation: string
}

export interface LedgerInput {
  readonly evidence: Evidence
  readonly citations: Readonly<Record<string, Citation>>
  readonly focus: Focus
  readonly records: Readonly<Record<string, TrialRecord>>
  /** Of other bundles; absent: none. */
  readonly priorArt?: readonly PriorArt[]
  readonly seed: number
  /** By the words of `replayWords`. */
  readonly replayed: ReadonlyMap<string, ReplayedChange>
  /** Why nothing could be replayed. */
  readonly noReplay?: string
  readonly assumptions: readonly string[]
  render(settings: readonly KnobSetting[]): Omit<LeverChange, 'summary' | 'settings' | 'source' | 'kernel'>
}

export const replayWords = ({ effect }: Candidate): string | undefined => (effect.by === 'replay' ? effect.changes.join('+') : undefined)

/** An interval that ends below this is nothing: half of what a trial can detect at all. */
const NOTHING = 0.01

interface Draft {
  readonly row: Omit<LedgerRow, 'rank' | 'handle'>
  readonly proposal: Proposal
}

export interface BuiltLedger {
  readonly rows: LedgerRow[]
  readonly groups: Synthesis['groups']
  readonly notProposed: NotProposed[]
}

export function buildLedger(proposals: readonly Proposal[], input: LedgerInput): BuiltLedger {
  const drafts: Draft[] = []
  const notProposed: NotProposed[] = []
  for (const proposal of proposals) {
    const row = withPriorArt(draftRow(proposal, input), input.priorArt ?? [])
    if ('reason' in row) notProposed.push(row)
    else drafts.push({ row, proposal })
  }
  drafts.sort((a, b) => b.row.score - a.row.score || (a.row.lever < b.row.lever ? -1 : 1))
  const rows = drafts.map(({ row }, index) => requireRow({ ...row, rank: index + 1, handle: `l-${index + 1}` }))
  return { rows, groups: groupsOf(drafts, rows), notProposed }
}

/** Throws where a row has no artifact, citation, rigor or standing: such a row is a bug, never an output. */
export function requireRow(row: LedgerRow): LedgerRow {
  const parsed = ledgerRowSchema.safeParse(row)
  if (parsed.success) return parsed.data
  throw new Error(`ledger row ${row.lever}: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`)
}

function draftRow({ lever, candidate }: Proposal, input: LedgerInput): Omit<LedgerRow, 'rank' | 'handle'> | NotProposed {
  const { evidence, citations, focus } = input
  const no = (reason: string): NotProposed => ({ lever: leverName(lever), title: lever.title, reason })
  const predicted = predict({ lever, candidate }, input)
  if (predicted.state === 'nothing') return no(predicted.why)
  const cited = [...new Set([...candidate.cites.map(({ citation }) => citation), ...predicted.cites])]
  const carried = cited.flatMap((id) => citations[id] ?? [])
  if (carried.length === 0) return no('no artifact carries the claim')
  const tier = tierOf(carried.map((citation) => citation.tier))
  const unsettled = unsettledOf(candidate, evidence)
  const factors = confidenceFactors(candidate, unsettled, tier, input.records[lever.id] ?? { trials: 0, held: 0 })
  const confidence = confidenceOf(factors)
  const { settings, source, kernel, summary } = candidate
  const rendered = input.render(settings ?? [])
  const krhpa = lever.type === 'kernel' ? krhpaOf(lever.id, evidence.deployment.file) : undefined
  return {
    lever: leverName(lever),
    title: lever.title,
    type: lever.type,
    engine: evidence.deployment.engine ?? 'vllm',
    class: lever.class,
    expected_effect: effectText(predicted.effects, candidate.ceilingRatio, predicted.text),
    effects: predicted.effects,
    bound: { by: predicted.by, ceilingRatio: candidate.ceilingRatio, text: predicted.text, assumptions: [...predicted.assumptions] },
    evidence_artifacts: artifactsOf(carried),
    citations: cited,
    because: [...candidate.because],
    source_refs: lever.type === 'config' ? [] : [codeReference(lever.reference, source)],
    sol_rigor: tier,
    confidence: 'DRAFT',
    confidence_score: confidence,
    factors,
    ...(unsettled.length === 0 ? {} : { unsettled }),
    cost: { ...lever.cost },
    score: scoreOf(focusValue(predicted.effects, candidate.ceilingRatio, focus), confidence, lever.cost.hours),
    change: {
      summary,
      ...(settings === undefined ? {} : { settings: settings.map(({ knob, to }) => ({ knob, to: to ?? null })) }),
      ...rendered,
      ...(source === undefined ? {} : { source }),
      ...(kernel === undefined ? {} : { kernel }),
    },
    preconditions: candidate.preconditions.flatMap(({ what, state, why }) => (state === 'unmet' ? [] : [{ what, state, why }])),
    risks: [...candidate.risks],
    accuracyGate: lever.changesAccuracy,
    falsifier: candidate.falsifier,
    ...(krhpa === undefined ? {} : { krhpa }),
    status: 'DRAFT',
  }
}

/** What was settled in the same context is not proposed again; elsewhere it is a risk. Either is said with where it stands. */
function withPriorArt(row: ReturnType<typeof draftRow>, all: readonly PriorArt[]): ReturnType<typeof draftRow> {
  if ('reason' in row) return row
  const tried = priorOf(row, all)
  const same = tried.find(({ isSame }) => isSame)
  if (same !== undefined) return { lever: row.lever, title: row.title, reason: `tried in the same context: ${priorText(same)}` }
  return { ...row, risks: [...row.risks, ...tried.map((each) => `tried in another context: ${priorText(each)}`)] }
}

type Prediction =
  | { readonly state: 'nothing'; readonly why: string }
  | {
      readonly state: 'bounded'
      readonly by: LedgerRow['bound']['by']
      readonly effects: Effect[]
      readonly text: string
      readonly assumptions: readonly string[]
      readonly cites: readonly string[]
    }

function predict({ lever, candidate }: Proposal, input: LedgerInput): Prediction {
  const { effect, ceilingRatio } = candidate
  const { evidence } = input
  if (effect.by === 'formula') {
    const ratio = drawFormula(effect, lever.id, input.seed)
    if (![ratio.low, ratio.median, ratio.high].every(Number.isFinite)) return { state: 'nothing', why: 'its formula has no finite value' }
    const assumptions = effect.uncertain.map(({ name, low, high, why }) => `${name}: ${low} to ${high} (${why})`)
    return bounded('formula', ratio, 0, effect.text, assumptions, [])
  }
  const replayed = input.replayed.get(replayWords(candidate) ?? '')
  if (replayed === undefined) {
    const why = input.noReplay ?? 'the change could not be replayed'
    const percent = (100 * ceilingRatio).toFixed(0)
    const text = `direction only: at most ${percent} % of the step (its share); no replay: ${why}`
    return { state: 'bounded', by: 'ceiling', effects: [], text, assumptions: [...effect.assumptions], cites: [] }
  }
  const text = `replay of ${replayed.steps} captured steps with ${replayWords(candidate)}`
  return bounded('replay', replayed.ratio, replayed.errorRatio, text, [...effect.assumptions, ...input.assumptions], [replayed.citation])

  function bounded(
    by: 'replay' | 'formula',
    ratio: NewOverOld,
    modelError: number,
    text: string,
    assumptions: readonly string[],
    cites: readonly string[],
  ): Prediction {
    const metric = metricOf(candidate)
    const change = metric === 'throughput' ? 1 - 1 / ratio.high : 1 - ratio.low
    if (change < NOTHING) {
      const percent = (100 * Math.max(0, change)).toFixed(1)
      return { state: 'nothing', why: `${text}: it wins ${percent} % at best; its time is not on the critical path` }
    }
    const effects = servingEffects(metric, widened(ratio, modelError), evidence, evidence.deployment)
    return { state: 'bounded', by, effects, text, assumptions, cites }
  }
}

function artifactsOf(citations: readonly Citation[]): SourceReference[] {
  const byPath = new Map(
    citations.flatMap(({ artifacts }) => artifacts).map((artifact) => [`${artifact.path} ${artifact.sha256}`, artifact]),
  )
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function codeReference(
  { repo, commit, file }: Proposal['lever']['reference'],
  source: Candidate['source'],
): LedgerRow['source_refs'][number] {
  const place = source?.file ?? file
  return {
    repo,
    commit,
    // A source lever of one or two files is tried as an overlay first (delivery ladder, facts/methodology.md, rule 65).
    delivery: 'overlay',
    url: `https://github.com/${repo}/blob/${commit}/${place.replace(/:.*$/, '')}`,
    file: place,
    ...(source === undefined ? {} : { symbol: source.symbol }),
  }
}

/** Rows that would take the same time: their payoffs are not added, the best of them is what the group can win. */
function groupsOf(drafts: readonly Draft[], rows: readonly LedgerRow[]): Synthesis['groups'] {
  const byPart = new Map<string, number[]>()
  for (const [index, { proposal }] of drafts.entries()) {
    byPart.set(proposal.candidate.part, [...(byPart.get(proposal.candidate.part) ?? []), index])
  }
  return [...byPart].flatMap(([part, indices]) => {
    if (indices.length < 2) return []
    const members = indices.flatMap((index) => rows[index] ?? [])
    const best = members
      .flatMap(({ effects }) => effects.filter(({ metric }) => metric === 'tpot'))
      .sort((a, b) => b.change.median - a.change.median)[0]
    return [
      {
        part,
        rows: members.map(({ handle }) => handle),
        ...(best === undefined ? {} : { together: best.change }),
        note: 'they would take the same time: try one at a time, the group wins what the best of them wins, not the sum',
      },
    ]
  })
}
