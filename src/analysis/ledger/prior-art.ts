/**
 * What trials elsewhere settled of a lever (methodology, rule 27). In the same context, a change that was tried and ended REFUTED or NULL is
 * not proposed again; in another one it is said as a risk. What would fool it: deployments that differ in something that neither states, so
 * every part must be known on both sides, and all arguments equal.
 */
import type { DeploymentFile } from '#formats/deployment.ts'
import type { LedgerRow } from '#formats/ledger.ts'
import type { PriorArt } from '#formats/synthesis.ts'
import { leverId } from './calibration.ts'

/** Of a launch, and of no effect on how fast it serves. */
const names = new Set(['host', 'port', 'served-model-name', 'api-key', 'uvicorn-log-level', 'log-level'])
/** Loads that differ by more are two points of one deployment (configs/source-tolerances.yaml, equalBatch). */
const EQUAL_LOAD = 0.25

export function sameContext(a: DeploymentFile, b: DeploymentFile): boolean {
  const equal = <T>(of: (file: DeploymentFile) => T | undefined): boolean => of(a) !== undefined && of(a) === of(b)
  return (
    a.engine.name === b.engine.name &&
    equal(({ engine }) => engine.version) &&
    equal(({ model }) => model?.name) &&
    equal(({ hardware }) => hardware?.key ?? hardware?.gpu) &&
    equal(({ hardware }) => hardware?.gpus) &&
    equalLoad(a.workload, b.workload) &&
    wordsOf(a) === wordsOf(b)
  )
}

function equalLoad(a: DeploymentFile['workload'], b: DeploymentFile['workload']): boolean {
  return (['concurrency', 'inputTokens', 'outputTokens'] as const).every((key) => {
    const [x, y] = [a?.[key], b?.[key]]
    return x !== undefined && y !== undefined && Math.abs(x - y) <= EQUAL_LOAD * Math.max(x, y)
  })
}

const wordsOf = ({ arguments: given, environment }: DeploymentFile): string =>
  JSON.stringify(
    [given, environment].map((words) =>
      Object.entries(words)
        .filter(([key]) => !names.has(key))
        .sort(([x], [y]) => (x < y ? -1 : 1)),
    ),
  )

/** Trials of this very change: the lever and what it sets. */
export function priorOf({ lever, change }: Pick<LedgerRow, 'lever' | 'change'>, all: readonly PriorArt[]): PriorArt[] {
  const own = JSON.stringify(change.settings ?? [])
  return all.filter((each) => leverId(each.lever) === leverId(lever) && JSON.stringify(each.settings) === own)
}

export const priorText = ({ status, family, run_id, trial, why, ledger }: PriorArt): string =>
  `${status} in ${family}/${run_id} (trial ${trial}: ${why}; ${ledger.path})`
