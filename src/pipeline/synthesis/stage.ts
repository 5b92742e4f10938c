/** From a row of a ledger to the plan of the trial that proves or refutes it. */
import { applySettings } from '#analysis/levers/apply-settings.ts'
import { argumentVector } from '#analysis/levers/argument-words.ts'
import { SMALLEST_EFFECT_RATIO } from '#analysis/trial/floor.ts'
import type { DeploymentFile } from '#formats/deployment.ts'
import type { EngineKnobs } from '#formats/engine-knobs.ts'
import { segmentPattern } from '#formats/evidence-manifest.ts'
import type { EffectInterval, EffectMetric, LedgerRow } from '#formats/ledger.ts'
import type { Synthesis } from '#formats/synthesis.ts'
import type { TrialArm, TrialMetric, TrialPlan } from '#formats/trial.ts'

const metricOf: Readonly<Record<EffectMetric, TrialMetric>> = {
  tpot: 'tpot-median',
  'itl-p99': 'itl-p99',
  ttft: 'ttft-median',
  throughput: 'output-throughput',
  cost: 'output-throughput',
}

export type Staged = { readonly state: 'planned'; readonly plan: TrialPlan } | { readonly state: 'refused'; readonly why: string }

/** Prefixed by the experiment, so that everything of one experiment is found, and torn down, by its name. */
export function trialIdOf(runId: string, lever: string): string {
  const id = `${runId}-${lever.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.slice(0, 200)
  return segmentPattern.test(id) ? id : `x-${id}`
}

export function stageRow({ bundle, deployment }: Synthesis, row: LedgerRow, knobs: EngineKnobs, atUtc: string): Staged {
  if (deployment === undefined) return { state: 'refused', why: 'the deployment is not known: no arm can be written' }
  const [effect] = row.effects
  const metric = metricOf[effect?.metric ?? 'tpot']
  const concurrency = effect?.concurrency ?? deployment.workload?.concurrency ?? 1
  const settings = (row.change.settings ?? []).map(({ knob, to }) => ({ knob, to: to ?? undefined }))
  const changed = settings.length === 0 ? deployment : applySettings(deployment, settings, knobs).file
  const factors = factorsOf(deployment, changed, row)
  const facts = (file: DeploymentFile, isB: boolean): Record<string, string> => ({
    experiment: bundle.run_id,
    ...commonFacts(deployment),
    ...Object.fromEntries(factors.map((factor) => [factor, factorValue(file, factor, row, isB)])),
  })
  const { inputTokens, outputTokens } = deployment.workload ?? {}
  const [reference] = row.source_refs
  return {
    state: 'planned',
    plan: {
      schema: 'trial-plan/1',
      trial: trialIdOf(bundle.run_id, row.lever),
      created_at_utc: atUtc,
      title: `${row.lever}: ${row.change.summary}`,
      hypothesis: `${row.expected_effect}. Refuted by: ${row.falsifier}`,
      arms: {
        A: { ...armOf(deployment), label: 'as deployed: the production baseline', facts: facts(deployment, false) },
        B: { ...armOf(changed), label: row.change.summary, facts: facts(changed, true) },
      },
      factors,
      metric,
      tier: metric === 'output-throughput' ? 'throughput' : 'latency',
      concurrency,
      load: {
        // The larger of 64 and four times the concurrency, as `trial plan` does; a p99 needs 368 requests (facts/methodology.md, rule 56).
        requests: Math.max(metric === 'itl-p99' ? 368 : 64, 4 * concurrency),
        ...(inputTokens === undefined ? {} : { inputTokens: Math.round(inputTokens) }),
        ...(outputTokens === undefined ? {} : { outputTokens: Math.round(outputTokens) }),
      },
      pairs: 4,
      aaPairs: 3,
      smallestEffectRatio: smallestEffectOf(effect?.change),
      looks: 4,
      seed: 1,
      prediction: {
        family: bundle.family,
        run_id: bundle.run_id,
        lever: row.lever,
        ...(effect === undefined ? {} : { change: effect.change }),
        ...(reference === undefined ? {} : { delivery: reference.delivery, commit: reference.commit }),
        ...(row.change.source === undefined ? {} : { overlay: [row.change.source.file] }),
      },
    },
  }
}

/** What a row promises must not be called no effect: the margin is never above the least, or else the most, that was predicted. */
function smallestEffectOf(change: EffectInterval | undefined): number {
  const predicted = [change?.low, change?.high].find((ratio) => ratio !== undefined && ratio > 0)
  return Math.min(SMALLEST_EFFECT_RATIO, predicted ?? SMALLEST_EFFECT_RATIO)
}

/** What must be equal on both sides (facts/methodology.md, rule 50), as far as it is known; the rest blocks a VERDICT. */
function commonFacts({ engine, hardware, resolved }: DeploymentFile): Record<string, string> {
  const graphMode = resolved?.['cudagraph_mode']
  const uuids = hardware?.gpuUuids
  return {
    ...(engine.image === undefined ? {} : { image: engine.image }),
    ...(hardware?.node === undefined ? {} : { node: hardware.node }),
    ...(uuids === undefined ? {} : { gpuUuids: [...uuids].sort().join(',') }),
    ...(graphMode === undefined ? {} : { cudagraphMode: String(graphMode) }),
  }
}

/** An arm that can be started carries its whole command: program, arguments, and variables through env(1). */
function armOf(file: DeploymentFile): Pick<TrialArm, 'url' | 'start'> {
  const { launch } = file
  if (launch === undefined) return {}
  const variables = Object.entries(file.environment).map(([name, value]) => `${name}=${value}`)
  const program = variables.length === 0 ? launch.program : ['env', ...variables, ...launch.program]
  return { url: launch.url, start: [...program, ...argumentVector(file)] }
}

function factorsOf(before: DeploymentFile, after: DeploymentFile, row: LedgerRow): string[] {
  const changedKeys = (a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key])
  const keys = [...changedKeys(before.arguments, after.arguments), ...changedKeys(before.environment, after.environment)].sort()
  return keys.length === 0 ? [row.lever.split(' ')[1] ?? row.lever] : keys
}

/** A factor that no flag carries (a source or kernel change, an operation on the node) is there or not. */
function factorValue(file: DeploymentFile, factor: string, row: LedgerRow, isB: boolean): string {
  const isFlag = factorsOfFlags(row)
  if (!isFlag) return isB ? 'changed' : 'as deployed'
  const value = file.arguments[factor] ?? file.environment[factor]
  return value === undefined ? 'not set' : String(value)
}

const factorsOfFlags = ({ change }: LedgerRow): boolean => change.arguments !== undefined || change.environment !== undefined
