/** Any text as the capture that the one claiming reader makes of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchResult } from '../../src/model/bench-result.ts'
import type { MetricSamples } from '../../src/model/metric-samples.ts'
import { defaultReadLimits, type ReadResult } from '../../src/model/reader.ts'
import { identify } from '../../src/pipeline/open-capture.ts'
import { openSource } from '../../src/platform/access.ts'

/** `name` may have folders: `bench-c016/raw/load.jsonl`. Removed again at once: readers keep no file. */
export async function readText(content: string | Uint8Array, name = 'result'): Promise<ReadResult & { readonly kind: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-text-'))
  try {
    const path = join(folder, name.replaceAll('/', '_'))
    writeFileSync(path, content)
    const { reader } = identify(path)
    const read = await reader.read(openSource(path, name), { needs: new Set(), limits: defaultReadLimits })
    return { ...read, kind: reader.kind }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function readBench(content: unknown, name?: string): Promise<BenchResult> {
  const { capture } = await readText(typeof content === 'string' ? content : JSON.stringify(content), name)
  if (capture.benchResult === undefined) throw new Error(`no result of a load generator: ${capture.kind}`)
  return capture.benchResult
}

export async function readMetrics(content: string): Promise<MetricSamples> {
  const { capture } = await readText(content)
  if (capture.metricSamples === undefined) throw new Error(`no metrics: ${capture.kind}`)
  return capture.metricSamples
}
