/** Writes a case: its capture files, and what is true of them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CaptureFormat, type CaseName, caseScenario, simCase } from './cases.ts'
import { filePlans, onOwnClock } from './file-plans.ts'
import { deviceNumber, type KinetoDialect, kinetoOffsetNs, kinetoOriginNs } from './kineto/dialect.ts'
import { writeKineto } from './kineto/write-kineto.ts'
import { type NcuPlanOptions, type NcuTruth, writeNcu } from './ncu/write-ncu.ts'
import { sessionStartNs } from './nsys/export-table.ts'
import { type SchemaVersion, tableSchema } from './nsys/schema.ts'
import { writeNsys } from './nsys/write-nsys.ts'
import type { Plan, RankPlan } from './plan.ts'
import { recordScenario } from './record.ts'
import type { Scenario } from './scenario.ts'
import { stragglerTruth } from './straggler-truth.ts'
import { deviceTruth } from './truth.ts'
import type { CaseTruth, DecodeClass, Expectation, FileTruth } from './truth-types.ts'

export interface WriteCaseOptions {
  readonly format?: CaptureFormat
  /** nsys only. */
  readonly schema?: SchemaVersion
  /** kineto only. */
  readonly dialect?: KinetoDialect
  readonly gzip?: boolean
  /** Overrides of the case's scenario; the expectation stays the case's. */
  readonly change?: Partial<Scenario>
  /** Beside the captures: counters of the kernels of rank 0, as `<name>.ncu.csv`. */
  readonly ncu?: NcuPlanOptions
  /** Leave out what truth.json says (the returned truth is the same). */
  readonly withoutTruthFile?: boolean
}

export interface WrittenCase {
  /** Paths of the capture files, one per rank or one for all. */
  readonly files: readonly string[]
  readonly truth: CaseTruth
  /** Where counters were asked for. */
  readonly ncu?: { readonly file: string; readonly truth: NcuTruth }
}

/** One file per rank, because a profiler belongs to a process; graphs node by node, because kineto has no opaque rows. */
function asKineto(scenario: Scenario): Scenario {
  return { ...scenario, files: 'per-rank', graphs: scenario.graphs === 'graph' ? 'node' : scenario.graphs }
}

function nsysOrigin(schema: SchemaVersion, sessionNs: bigint): Pick<FileTruth, 'originNs' | 'originStated'> {
  const originStated = tableSchema('TARGET_INFO_SESSION_START_TIME', schema) !== undefined
  return { originNs: originStated ? (sessionStartNs + sessionNs).toString() : '0', originStated }
}

const ordinalsDiffer = (ranks: readonly RankPlan[]): boolean => new Set(ranks.map(({ ordinal }) => ordinal)).size === ranks.length

/**
 * Writes case `name` for `seed` into folder `dir` (created), with truth.json beside. The same arguments give the same bytes.
 */
export async function writeCase(name: CaseName, seed: number, dir: string, options: WriteCaseOptions = {}): Promise<WrittenCase> {
  const format = options.format ?? 'nsys'
  const dialect = options.dialect ?? 'current'
  const schema = options.schema ?? '3.24.0'
  const base: Scenario = { ...caseScenario(name, seed, format), ...options.change }
  const scenario = format === 'kineto' ? asKineto(base) : base
  const resolutionNs = format === 'kineto' && dialect === 'old' ? 1000 : 1
  const plan = recordScenario(scenario, { resolutionNs })
  mkdirSync(dir, { recursive: true })
  const extension = format === 'nsys' ? '.sqlite' : options.gzip === true ? '.pt.trace.json.gz' : '.pt.trace.json'
  const written: FileTruth[] = []
  const files: string[] = []
  for (const file of filePlans(plan, extension, format === 'nsys')) {
    const path = join(dir, file.name)
    const sessionNs = BigInt(file.sessionNs + file.clockErrorNs)
    // All kineto traces of a job share the base, so a clock error shows in their times; nsys writes it into the session's start.
    const ranks = format === 'nsys' ? file.ranks : file.ranks.map((rank) => onOwnClock(rank, file.clockErrorNs))
    if (format === 'nsys') writeNsys(path, plan, ranks, { schema, startNs: sessionStartNs + sessionNs })
    else await writeKineto(path, plan, ranks, { dialect, gzip: options.gzip === true })
    const offsetNs = format === 'nsys' ? 0 : kinetoOffsetNs(dialect)
    const devices = ranks.map((rank) => ({
      ...deviceTruth(rank, plan.steps, offsetNs, scenario.hostRows),
      ordinal: format === 'nsys' ? rank.ordinal : deviceNumber(rank.ordinal, dialect),
    }))
    const origin =
      format === 'nsys' ? nsysOrigin(schema, sessionNs) : { originNs: kinetoOriginNs(dialect), originStated: dialect !== 'old' }
    const devicesTold = format === 'kineto' || ordinalsDiffer(ranks) || tableSchema('TARGET_INFO_CUDA_DEVICE', schema) !== undefined
    written.push({ file: file.name, ...origin, devicesTold, clockErrorNs: file.clockErrorNs, resolutionNs, devices })
    files.push(path)
  }
  const truth = caseTruth(name, plan, format, written)
  if (options.withoutTruthFile !== true) writeFileSync(join(dir, 'truth.json'), `${JSON.stringify(truth, undefined, 1)}\n`)
  return { files, truth, ...ncuBeside(dir, plan, options.ncu) }
}

function ncuBeside(dir: string, { scenario, ranks }: Plan, options: NcuPlanOptions | undefined): Pick<WrittenCase, 'ncu'> {
  const [first] = ranks
  if (options === undefined || first === undefined) return {}
  const file = join(dir, `${scenario.name}.ncu.csv`)
  return { ncu: { file, truth: writeNcu(file, first, scenario.seed, options) } }
}

function caseTruth(name: CaseName, plan: Plan, format: CaptureFormat, files: readonly FileTruth[]): CaseTruth {
  const { scenario } = plan
  const { expectation, driverTpotNs } = simCase(name)
  const cadence = expectation.kind === 'class' ? files[0]?.devices[0]?.decode?.parts.cadenceNs.median : undefined
  const straggler = stragglerTruth(plan)
  return {
    case: name,
    seed: scenario.seed,
    format,
    expectation,
    stepCount: plan.steps.length,
    partialTail: scenario.truncated,
    tokensPerRequest: scenario.tokensPerRequest,
    ...(cadence === undefined ? {} : { tpotNs: cadence / scenario.tokensPerRequest }),
    ...(driverTpotNs === undefined ? {} : { driverTpotNs }),
    ...(straggler === undefined ? {} : { straggler }),
    files,
  }
}

/** The class of the job: devices' shares averaged; undefined where the case expects an abstention. */
export function truthClass(truth: CaseTruth): DecodeClass | undefined {
  const expectation: Expectation = truth.expectation
  return expectation.kind === 'class' ? expectation.class : undefined
}
