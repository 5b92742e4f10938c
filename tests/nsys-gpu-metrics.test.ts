/** GPU_METRICS: no real capture at hand holds them, so the situation is built. */
import { expect, test } from 'vitest'
import { gpuMetricsSummary } from '#readers/nsys/gpu-metrics.ts'
import { nsysExport } from './support/nsys-fixture.ts'
import { sqljsTableSource } from './support/sqljs-table-source.ts'

/** Above 2^53, and neighbours: as doubles they are one. */
const firstGpu = (1n << 56n) | 0x1200n
const secondGpu = firstGpu + 1n

test('trap B8: metric ids count per type, so samples join on typeId and metricId', async () => {
  const database = await nsysExport('3.25.0', {
    GPU_METRICS: [
      { timestamp: 0, typeId: firstGpu, metricId: 4, value: 10 },
      { timestamp: 100, typeId: firstGpu, metricId: 4, value: 30 },
      { timestamp: 50, typeId: secondGpu, metricId: 4, value: 90 },
      { timestamp: 60, typeId: secondGpu, metricId: 9, value: 1 },
    ],
    TARGET_INFO_GPU_METRICS: [
      { typeId: firstGpu, sourceId: 0, typeName: 'GH100', metricId: 4, metricName: 'SM Active [Throughput %]' },
      { typeId: secondGpu, sourceId: 0, typeName: 'GB200', metricId: 4, metricName: 'DRAM Read Bandwidth [Throughput %]' },
    ],
  })
  const source = sqljsTableSource(database, 2)
  const summary = await gpuMetricsSummary(source)
  source.close()
  expect(summary).toEqual([
    { device: 0, metric: 'SM Active [Throughput %]', samples: 2, mean: 20, min: 10, max: 30, coveredNs: 100 },
    { device: 1, metric: 'DRAM Read Bandwidth [Throughput %]', samples: 1, mean: 90, min: 90, max: 90, coveredNs: 0 },
    { device: 1, metric: 'metric 9', samples: 1, mean: 1, min: 1, max: 1, coveredNs: 0 },
  ])
})

test('an export without GPU metrics has none', async () => {
  const source = sqljsTableSource(await nsysExport('3.25.0', {}))
  expect(await gpuMetricsSummary(source)).toEqual([])
  source.close()
})
