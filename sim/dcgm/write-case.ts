/** A history in a folder, with the truth of its steady window beside it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawHistory } from './history.ts'
import { awkwardScenario, type DcgmScenario, type ExporterVersion, plainScenario, steadyWindow } from './scenario.ts'
import { truthIn } from './truth.ts'
import { writeOpenMetrics } from './write.ts'

export interface DcgmCaseOptions {
  readonly seed: number
  readonly exporter: ExporterVersion
  readonly honorLabels: boolean
  /** Without gaps, resets and the rest. */
  readonly isPlain: boolean
}

/** Names of the files written: history.om (OpenMetrics), truth.json. */
export function writeDcgm(folder: string, { isPlain, ...chosen }: DcgmCaseOptions): string[] {
  const scenario: DcgmScenario = { ...(isPlain ? plainScenario : awkwardScenario), ...chosen }
  const history = drawHistory(scenario)
  mkdirSync(folder, { recursive: true })
  const files = [join(folder, 'history.om'), join(folder, 'truth.json')]
  writeOpenMetrics(files[0] as string, history)
  writeFileSync(files[1] as string, `${JSON.stringify({ scenario, truth: truthIn(history, steadyWindow(scenario)) }, null, 1)}\n`)
  return files
}
