/** From a bundle to its synthesis: gather, ask the levers, replay their changes once, rank. Pure of clocks: the same bundle, the same answer. */
import { buildLedger, type LedgerInput, type ReplayedChange, replayWords } from '#analysis/ledger/build-ledger.ts'
import { type Proposal, propose } from '#analysis/ledger/propose.ts'
import type { Lever } from '#analysis/levers/lever.ts'
import { leverRegistry } from '#analysis/levers/registry.ts'
import { renderSettings } from '#analysis/levers/render-settings.ts'
import type { Document } from '#analysis/synthesis/cite.ts'
import { isSextantError } from '#base/errors.ts'
import type { DeploymentFile } from '#formats/deployment.ts'
import type { TrialRecord } from '#formats/ledger.ts'
import type { Focus, PriorArt, Synthesis } from '#formats/synthesis.ts'
import type { WhatIfReport } from '#formats/what-if.ts'
import { type AskContext, ask } from '#pipeline/ask.ts'
import { loadEngineKnobs } from '#pipeline/engine-knobs.ts'
import { whatIfQuestion } from '#pipeline/what-if-question.ts'
import { gather } from './gather.ts'
import type { Gathered, GatherOptions } from './gathered.ts'

export interface SynthesizeOptions extends GatherOptions {
  readonly focus: Focus
  /** Past trials of each lever: what confidence stands on. */
  readonly records: Readonly<Record<string, TrialRecord>>
  /** Rows of other bundles that were settled, told apart by the deployment of this one; absent: none is known. */
  readonly priorArt?: (deployment: DeploymentFile | undefined, bundle: Synthesis['bundle']) => readonly PriorArt[]
  readonly version: string
  /** For tests: other levers than the shipped ones. */
  readonly levers?: readonly Lever[]
}

/** Of every draw; not an input, so that a ledger can be recomputed from its bundle alone. */
const SEED = 1

export async function synthesize(context: AskContext, folder: string, shown: string, options: SynthesizeOptions): Promise<Synthesis> {
  const gathered = await gather(context, folder, shown, options)
  const asked = options.levers ?? leverRegistry
  const said = {
    schema: 'synthesis/1' as const,
    sources: gathered.sources,
    bundle: gathered.bundle,
    focus: options.focus,
    sol_rigor: gathered.sol_rigor,
    inventory: gathered.inventory,
    deploymentDisagreements: gathered.deploymentDisagreements,
    missingContext: gathered.missingContext,
    record: { ...options.records },
    unknowns: gathered.unknowns,
    counted: { levers: asked.length, files: gathered.inventory.length },
  }
  if (gathered.state === 'refused') {
    const nothing = { bottlenecks: [], reconciliation: [], conservation: [], contradictions: [], agreements: [], ledger: [] }
    return {
      ...said,
      state: 'refused',
      refusal: gathered.refusal,
      ...nothing,
      groups: [],
      notProposed: [],
      citations: {},
      next: gathered.next,
    }
  }
  const { evidence, book } = gathered
  const { proposals, notProposed } = propose(asked, evidence)
  const replay = await replayAll(context, gathered, proposals, options.version)
  const priorArt = options.priorArt?.(gathered.deployment, gathered.bundle) ?? []
  const built = buildLedger(proposals, {
    priorArt,
    evidence,
    citations: book.citations(),
    focus: options.focus,
    records: options.records,
    seed: SEED,
    ...replay,
    render: renderer(context, gathered),
  })
  const [first] = built.rows
  return {
    ...said,
    state: 'synthesized',
    ...(gathered.deployment === undefined ? {} : { deployment: gathered.deployment }),
    bottlenecks: gathered.bottlenecks,
    reconciliation: gathered.reconciliation,
    conservation: gathered.conservation,
    contradictions: gathered.contradictions,
    agreements: gathered.agreements,
    ledger: built.rows,
    groups: built.groups,
    ...(priorArt.length === 0 ? {} : { priorArt: [...priorArt] }),
    notProposed: [...notProposed, ...built.notProposed].sort((a, b) => (a.lever < b.lever ? -1 : 1)),
    citations: book.citations(),
    next:
      first === undefined
        ? gathered.next
        : {
            lever: `${first.lever}: ${first.change.summary}`,
            expectedUnlock: first.expected_effect,
            gate: `a trial of three pairs or more on one node; refuted where ${first.falsifier}`,
          },
  }
}

function renderer(context: AskContext, gathered: Gathered & { state: 'gathered' }): LedgerInput['render'] {
  const knobs = loadEngineKnobs(context.configRoot)
  const { deployment } = gathered
  return (settings) => {
    if (deployment === undefined || settings.length === 0) return { sideEffects: [] }
    const { arguments: words, environment, helm, sideEffects } = renderSettings(deployment, settings, knobs)
    return {
      ...(words === undefined ? {} : { arguments: [...words] }),
      ...(environment === undefined ? {} : { environment: [...environment] }),
      ...(helm === undefined ? {} : { helm }),
      sideEffects: [...sideEffects],
    }
  }
}

type Replayed = Pick<LedgerInput, 'replayed' | 'noReplay' | 'assumptions'>

/** One question for the changes of all levers: the capture is read once, and the answer stands in the digest cache. */
async function replayAll(
  context: AskContext,
  { replay, book, evidence }: Gathered & { state: 'gathered' },
  proposals: readonly Proposal[],
  version: string,
): Promise<Replayed> {
  const none = (noReplay: string): Replayed => ({ replayed: new Map(), noReplay, assumptions: [] })
  const changes = [...new Set(proposals.flatMap(({ candidate }) => replayWords(candidate) ?? []))].sort()
  if (changes.length === 0) return { replayed: new Map(), assumptions: [] }
  if (replay === undefined) return none('no capture has steps that a replay can stand on')
  if (evidence.step?.overhead === 'distorting') return none('the framework profiler distorts the host: it gives a direction only')
  const device = replay.deviceOrdinal === undefined ? {} : { device: replay.deviceOrdinal }
  let report: Omit<WhatIfReport, 'sources'>
  try {
    report = (await ask(context, [replay.path], whatIfQuestion({ changes, seed: SEED, ...device }))).value
  } catch (error) {
    if (isSextantError(error)) return none(error.message)
    throw error
  }
  if (report.state === 'unknown') return none(report.unknowns.map(({ reason }) => reason).join('; '))
  const document: Document = {
    command: 'what-if',
    version,
    input: { trace: replay.source.path, changes, seed: SEED, ...device },
    artifacts: [replay.source],
    tier: 'L2',
    output: report,
  }
  const replayed = new Map<string, ReplayedChange>()
  for (const [index, { change, stepNs }] of report.changes.entries()) {
    const citation = book.cite(document, `/changes/${index}/stepNs/median`)?.citation
    const measured = report.measuredStepNs
    if (citation === undefined || measured === undefined || change === 'together') continue
    const ratio = { low: stepNs.low / measured, median: stepNs.median / measured, high: stepNs.high / measured }
    replayed.set(change, { ratio, steps: report.steps ?? 0, errorRatio: report.replayErrorRatio ?? 0, citation })
  }
  return { replayed, assumptions: report.assumptions }
}
