/** Writes the captures of a deployment into a folder, as their tools leave them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filePlans } from '#sim/file-plans.ts'
import { sessionStartNs } from '#sim/nsys/export-table.ts'
import { writeNsys } from '#sim/nsys/write-nsys.ts'
import type { Plan } from '#sim/plan.ts'
import { benchText } from './captures/bench-result.ts'
import { countersPage } from './captures/counters.ts'
import { frozenText } from './captures/device.ts'
import { loadOf } from './captures/load.ts'
import { metricsPages } from './captures/metrics-pages.ts'
import { modelConfigText } from './captures/model-config.ts'
import { sampledTables } from './captures/samples.ts'
import { type PlainData, yamlText } from './captures/yaml-text.ts'
import type { CaptureName, Deployment } from './deployment.ts'
import { recordDeployment, runDeployment, stepTimes } from './timeline.ts'

type Texts = Readonly<Record<string, string>>

/** Relative path to content, of the captures that are texts. */
const texts: Readonly<Record<Exclude<CaptureName, 'nsys'>, (deployment: Deployment, plan: Plan) => Texts>> = {
  ncu: (deployment, plan) => ({ 'counters.ncu.csv': countersPage(deployment, plan) }),
  zymtrace: (deployment, plan) => ({
    'capture_sources.json': `${JSON.stringify({ captured_sources: ['zymtrace'] })}\n`,
    ...Object.fromEntries(Object.entries(sampledTables(deployment, plan)).map(([name, text]) => [join('zymtrace', name), text])),
  }),
  dcgm: (deployment, plan) => ({ 'dcgm-frozen.yaml': frozenText(deployment, plan) }),
  bench: (deployment, plan) => ({ 'bench.json': benchText(deployment, loadOf(deployment, stepTimes(plan))) }),
  metrics: (deployment, plan) => {
    const { before, after } = metricsPages(deployment, loadOf(deployment, stepTimes(plan)))
    return { 'metrics-before.prom': before, 'metrics-after.prom': after }
  },
  deployment: ({ file }) => ({ 'deployment.yaml': yamlText(file as unknown as PlainData) }),
  'model-config': (deployment) => ({ 'config.json': modelConfigText(deployment) }),
}

/** Returns the files written, relative to `folder` (created). The same deployment gives the same bytes. */
export function writeDeployment(deployment: Deployment, folder: string): readonly string[] {
  const plan = runDeployment(deployment)
  mkdirSync(folder, { recursive: true })
  const written: string[] = []
  for (const capture of deployment.captures) {
    if (capture === 'nsys') {
      const kept = recordDeployment(deployment)
      for (const file of filePlans({ ...kept, scenario: { ...kept.scenario, name: 'steps' } }, '.sqlite', true)) {
        const startNs = sessionStartNs + BigInt(file.sessionNs + file.clockErrorNs)
        writeNsys(join(folder, file.name), plan, file.ranks, { schema: '3.24.0', startNs })
        written.push(file.name)
      }
      continue
    }
    for (const [name, text] of Object.entries(texts[capture](deployment, plan))) {
      mkdirSync(join(folder, name, '..'), { recursive: true })
      writeFileSync(join(folder, name), text)
      written.push(name)
    }
  }
  return written.sort()
}
