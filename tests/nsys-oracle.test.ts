/** Our tables summed up the way `nsys stats` does, against what NVIDIA's own tool said of the same exports. */
import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { StatisticsRow } from '#model/capture.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { type CopyKind, copyKinds, type Timeline } from '#model/timeline.ts'
import { openSource } from '#platform/access.ts'
import { nsysSqliteReader } from '#readers/nsys/sqlite-reader.ts'
import { nsysStatsReader } from '#readers/nsys/stats-reader.ts'
import { listShared, sharedDataAbsent } from './support/shared-data.ts'

interface Sums {
  count: number
  totalNs: number
  minNs: number
  maxNs: number
  medianNs: number
}

function summed(rows: Iterable<readonly [string, number]>): Map<string, Sums> {
  const groups = new Map<string, number[]>()
  for (const [name, ns] of rows) {
    const values = groups.get(name)
    if (values === undefined) groups.set(name, [ns])
    else values.push(ns)
  }
  return new Map(Array.from(groups, ([name, values]) => [name, sumsOf(values.sort((a, b) => a - b))]))
}

function sumsOf(sorted: number[]): Sums {
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const middle = sorted.length >> 1
  return {
    count: sorted.length,
    totalNs: sorted.reduce((sum, value) => sum + value, 0),
    minNs: at(0),
    maxNs: at(sorted.length - 1),
    medianNs: sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2,
  }
}

const operations: Readonly<Partial<Record<CopyKind, string>>> = {
  'host-to-device': '[CUDA memcpy Host-to-Device]',
  'device-to-host': '[CUDA memcpy Device-to-Host]',
  'device-to-device': '[CUDA memcpy Device-to-Device]',
  'peer-to-peer': '[CUDA memcpy Peer-to-Peer]',
  'host-to-host': '[CUDA memcpy Host-to-Host]',
}

function* memoryRows({ memcpys, memsets }: Timeline): Generator<readonly [string, number]> {
  for (let row = 0; row < memcpys.length; row++)
    yield [operations[copyKinds[memcpys.copyKind[row] ?? 0] ?? 'unknown'] ?? 'other', memcpys.durationNs[row] ?? 0]
  for (const ns of memsets.durationNs) yield ['[CUDA memset]', ns]
}

function* callRows({ hostCalls, hostCallNames }: Timeline): Generator<readonly [string, number]> {
  // nsys 2023.4 strips suffixes of four digits only: cudaStreamIsCapturing_v10000 stays.
  for (let row = 0; row < (hostCalls?.length ?? 0); row++)
    yield [(hostCallNames[hostCalls?.name[row] ?? -1]?.raw ?? '').replace(/_v\d{4}$/, ''), hostCalls?.durationNs[row] ?? 0]
}

function* kernelRows({ kernels, kernelNames }: Timeline): Generator<readonly [string, number]> {
  for (let row = 0; row < kernels.length; row++) yield [kernelNames[kernels.name[row] ?? -1]?.name ?? '', kernels.durationNs[row] ?? 0]
}

const exact = ({ count, totalNs, minNs, maxNs, medianNs }: StatisticsRow | Sums): Sums => ({ count, totalNs, minNs, maxNs, medianNs })

const suffixes = { kernels: '_cuda_gpu_kern_sum.csv', api: '_cuda_api_sum.csv', memory: '_cuda_gpu_mem_time_sum.csv' } as const
const rowsOf = { kernels: kernelRows, api: callRows, memory: memoryRows } as const
const paths = listShared('nsys-sqlite')
const summaries = listShared('nsys-stats-csv')

describe.skipIf(paths.length === 0)(paths.length === 0 ? sharedDataAbsent : 'NVIDIA says the same', () => {
  test.each(paths.map((path) => [basename(path, '.sqlite'), path]))('%s', async (name, path) => {
    const options = { needs: new Set(['host-calls'] as const), limits: defaultReadLimits }
    const { capture } = await nsysSqliteReader.read(openSource(path), options)
    const { timeline } = capture
    if (timeline === undefined) throw new Error('no timeline')
    for (const report of ['kernels', 'api', 'memory'] as const) {
      const summary = summaries.find((each) => basename(each) === name + suffixes[report])
      if (summary === undefined) throw new Error(`no summary ${name}${suffixes[report]}`)
      const ours = summed(rowsOf[report](timeline))
      if (statSync(summary).size === 0) {
        // nsys abstains for want of a table or (old exports) of a column: it does not say zero, and we may know more.
        await expect(nsysStatsReader.read(openSource(summary), options)).rejects.toMatchObject({ code: 'empty_file' })
        continue
      }
      const { capture: vendor } = await nsysStatsReader.read(openSource(summary), options)
      const theirs = vendor.statistics?.[0]?.rows ?? []
      expect(theirs.length).toBeGreaterThan(0)
      const isDoubled = report === 'api' && new Set(theirs.map((row) => row.name)).size < theirs.length
      expect(isDoubled).toBe(report === 'api' && name.startsWith('extra-p-extrap__ex-gpu'))
      if (isDoubled) {
        // NVIDIA counts the repeated rows of event class 67 as calls of their own; ours are one of its two rows each.
        for (const [call, sums] of ours) expect(theirs.filter((row) => row.name === call).map(exact)).toContainEqual(sums)
        expect(ours.size * 2).toBe(theirs.length)
      } else
        expect(new Map([...ours].sort())).toEqual(
          new Map(theirs.map((row) => [row.name, exact(row)] as const).sort(([a], [b]) => (a < b ? -1 : 1))),
        )
    }
  })
})
