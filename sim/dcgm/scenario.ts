/** A fleet with DCGM exporters, and everything that makes its history awkward. */

/** Released label sets and names: facts/dcgm.md sections 0, 3 and 4. */
export const exporterVersions = ['3.x', '4.5', '4.8', '4.9'] as const
export type ExporterVersion = (typeof exporterVersions)[number]

export interface DcgmScenario {
  readonly seed: number
  readonly exporter: ExporterVersion
  /** false: labels of a pod arrive as exported_pod and so on, and `pod` is the exporter's own. */
  readonly honorLabels: boolean
  readonly nodes: number
  readonly gpusPerNode: number
  /** Start of the recording, epoch milliseconds. */
  readonly fromMs: number
  /** Idle seconds before and after the load. */
  readonly idleS: number
  readonly loadS: number
  readonly collectIntervalS: number
  readonly scrapeIntervalS: number
  /** The pod of node 0 is replaced in the middle of the load; between the two its GPUs have no pod for 40 s. */
  readonly churn: boolean
  /** The last GPU of the last node is never exported. */
  readonly missingGpu: boolean
  /** Node 1 is not scraped for this long, from a third of the load on. */
  readonly gapS: number
  /** The energy counter of GPU 1 of node 0 starts again at 0 at two thirds of the load (driver loaded again). */
  readonly counterReset: boolean
  /** GPU 2 of node 0 is shared by time slicing: each of its series twice, with `vgpu`. */
  readonly timeSlicing: boolean
  /** GPU 3 of node 0 has two MIG instances. */
  readonly mig: boolean
  /** One more node with two GPUs and a pod of somebody else. */
  readonly bystander: boolean
  /** Quantities to leave out, as exporters without them do. */
  readonly without: readonly string[]
}

/** A whole hour, so that times are easy to read: 2026-03-01T00:00:00Z. */
const FROM_MS = Date.UTC(2026, 2, 1)

/** The exporter's own defaults: a value every 30 s, scraped every 15 s (facts/dcgm.md section 2.1). */
export const plainScenario: DcgmScenario = {
  seed: 1,
  exporter: '4.5',
  honorLabels: true,
  nodes: 2,
  gpusPerNode: 8,
  fromMs: FROM_MS,
  idleS: 600,
  loadS: 7800,
  collectIntervalS: 30,
  scrapeIntervalS: 15,
  churn: false,
  missingGpu: false,
  gapS: 0,
  counterReset: false,
  timeSlicing: false,
  mig: false,
  bystander: false,
  without: [],
}

/** Everything at once. */
export const awkwardScenario: DcgmScenario = {
  ...plainScenario,
  churn: true,
  missingGpu: true,
  gapS: 600,
  counterReset: true,
  timeSlicing: true,
  mig: true,
  bystander: true,
}

export interface Window {
  readonly startMs: number
  readonly endMs: number
}

/** Inside the load, five minutes from both of its ends: nothing of the idle time reaches its samples. */
export function steadyWindow({ fromMs, idleS, loadS }: DcgmScenario): Window {
  const loadMs = fromMs + idleS * 1000
  return { startMs: loadMs + 300_000, endMs: loadMs + loadS * 1000 - 300_000 }
}

export function loadWindow({ fromMs, idleS, loadS }: DcgmScenario): Window {
  return { startMs: fromMs + idleS * 1000, endMs: fromMs + (idleS + loadS) * 1000 }
}
