import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type CaseName, caseNames } from '#sim/cases.ts'
import { type WriteCaseOptions, type WrittenCase, writeCase } from '#sim/write-case.ts'
import { kinetoDialects } from './dialect.ts'

interface Event {
  ph: string
  cat?: string
  name: string
  pid: number | string
  ts: number
  dur?: number
  args?: Record<string, unknown>
}
interface Trace {
  traceEvents: Event[]
  distributedInfo?: { rank: number }
  baseTimeNanoseconds?: number
}

async function written(name: CaseName, options: WriteCaseOptions): Promise<{ texts: string[]; truth: WrittenCase['truth'] }> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-sim-'))
  const { files, truth } = await writeCase(name, 5, folder, { format: 'kineto', ...options })
  const texts = files.map((file) => {
    const bytes = readFileSync(file)
    return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString()
  })
  rmSync(folder, { recursive: true })
  return { texts, truth }
}

const few = { change: { steps: 12 } }
const nsOf = (microseconds: number): number => Math.round(microseconds * 1000)

test.each(caseNames)('%s parses as JSON unless it is the truncated one', async (name) => {
  const { texts, truth } = await written(name, name === 'idle-only' || name === 'load-only' ? {} : few)
  for (const [index, text] of texts.entries()) {
    if (name === 'truncated') {
      expect(() => JSON.parse(text)).toThrow()
      continue
    }
    const trace = JSON.parse(text) as Trace
    const kernels = trace.traceEvents.filter(({ cat }) => cat === 'kernel')
    const device = truth.files[index]?.devices[0]
    expect(kernels.length).toBe(device?.kernels.count)
    expect(kernels.reduce((sum, { dur = 0 }) => sum + nsOf(dur), 0)).toBe(device?.kernels.sumNs)
    expect(trace.distributedInfo?.rank).toBe(index)
    expect(device?.graphTraces.count).toBe(0)
  }
})

test.each(kinetoDialects)('dialect %s: categories, calls and resolution', async (dialect) => {
  const { texts, truth } = await written('prefill-in-middle-unannotated', {
    dialect,
    change: { steps: 30, communicationNs: 400_000, worldSize: 8 },
  })
  const trace = JSON.parse(texts[0] as string) as Trace
  const kernel = dialect === 'old' ? 'Kernel' : 'kernel'
  const kernels = trace.traceEvents.filter(({ cat }) => cat === kernel)
  const device = truth.files[0]?.devices[0]
  expect(kernels.length).toBe(device?.kernels.count)
  expect(kernels.reduce((sum, { dur = 0 }) => sum + nsOf(dur), 0)).toBe(device?.kernels.sumNs)
  expect(trace.baseTimeNanoseconds === undefined).toBe(dialect === 'old')
  const names = new Set(trace.traceEvents.map(({ name }) => name))
  expect(names.has('hipGraphLaunch')).toBe(dialect === 'hip')
  expect(names.has('cudaGraphLaunch')).toBe(dialect !== 'hip')
  expect(truth.files[0]?.resolutionNs).toBe(dialect === 'old' ? 1000 : 1)
  if (dialect !== 'old') return
  expect(texts[0]).not.toContain('"kernel"')
  expect(trace.traceEvents.every(({ ts }) => Number.isInteger(ts))).toBe(true)
  expect(device?.steps.every(({ startNs }) => startNs % 1000 === 0)).toBe(true)
})

test('kernels of a replay share the launch and carry no External id; eager ones have their own', async () => {
  const { texts } = await written('node-graph', few)
  const { traceEvents } = JSON.parse(texts[0] as string) as Trace
  const byCorrelation = new Map<unknown, number>()
  for (const { cat, args } of traceEvents) {
    if (cat === 'kernel') byCorrelation.set(args?.['correlation'], (byCorrelation.get(args?.['correlation']) ?? 0) + 1)
  }
  const counts = [...byCorrelation.values()]
  expect(counts.filter((count) => count > 40)).toHaveLength(12)
  const linked = traceEvents.filter(({ cat, args }) => cat === 'kernel' && args?.['External id'] !== undefined)
  expect(linked).toHaveLength(counts.filter((count) => count === 1).length)
})

test('gzip holds the same text, and the same seed the same text', async () => {
  const plain = await written('annotations-vllm', few)
  const packed = await written('annotations-vllm', { ...few, gzip: true })
  expect(packed.texts).toEqual(plain.texts)
})
