import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { BenchResultReport } from '#formats/bench-result.ts'
import { askInProcess, runInProcess } from '../../../tests/support/in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'sextant-drive-readers-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const request = (index: number, change: Record<string, unknown> = {}) => {
  const base = 1_764_380_000_000_000_000n + BigInt(index) * 1_000_000_000n
  const at = (ms: number) => String(base + BigInt(ms * 1e6))
  return JSON.stringify({
    schema: 'drive-request/1',
    cell: 'c1',
    index,
    phase: 'measured',
    lane: 0,
    attempt: 1,
    turn: 0,
    outcome: 'completed',
    new_connection: false,
    max_tokens: 3,
    prompt_tokens: 10,
    output_tokens: 3,
    scheduled_ns: at(0),
    sent_ns: at(0),
    end_ns: at(131),
    chunk_ns: [at(100), at(110), at(130), at(130)],
    chunk_bits: [3, 3, 3, 9],
    ...change,
  })
}

test('requests: warm-up and broken lines are counted, failures excluded, stamps exact beyond 2^53', async () => {
  const lines = [
    request(0),
    request(1, { phase: 'warm-up' }),
    request(2, { outcome: 'stalled' }),
    '{"schema":"drive-request/1","cell":"c1"',
    request(3, { sent_ns: 12 }),
    request(4, { sent_ns: '1764380004000000001', scheduled_ns: '1764380004000000000' }),
  ]
  const report = (await askInProcess(['bench-result', file('requests', `${lines.join('\n')}\n`), '--json'])) as BenchResultReport
  const [cell] = report.cells
  const of = (quantity: string, definition: string, statistic: string) =>
    cell?.latencies.find((each) => each.quantity === quantity && each.definition === definition && each.statistic === statistic)?.valueNs
  expect(cell?.counts.map(({ name, count }) => [name, count])).toEqual([
    ['completed', 2],
    ['failed', 1],
    ['input-tokens', 20],
    ['output-tokens', 6],
  ])
  expect([of('ttft', 'first-content', 'max'), of('ttft', 'first-content', 'min')]).toEqual([100e6, 100e6 - 1])
  expect(of('schedule-delay', 'behind-schedule', 'max')).toBe(1)
  expect([of('itl', 'content-gap', 'mean'), of('itl', 'chunk-gap', 'mean'), of('tpot', 'request-mean-without-first', 'mean')]).toEqual([
    15e6, 10e6, 15e6,
  ])
  expect(report.files[0]?.losses).toEqual([
    expect.objectContaining({ code: 'requests-of-other-phases', count: 1 }),
    expect.objectContaining({ code: 'malformed-lines', count: 2 }),
  ])
})

test('a result that is cut, newer or another thing is refused with what is wrong', async () => {
  for (const [text, status, said] of [
    ['{"schema": "drive-result/1", "cells": []}', 14, /no whole drive-result\/1: .*tool/],
    ['{"schema": "drive-result/2", "cells": []}', 17, /drive-result\/2; 1 is known.*Update Sextant/s],
    ['{"schema": "drive-result/1", "cells": [', 13, /ends in the middle/],
  ] as const) {
    const run = await runInProcess(['bench-result', file('result.json', text)])
    expect([run.status, run.stderr]).toEqual([status, expect.stringMatching(said)])
  }
})

test('a field that is no JSON value, or no number that a double holds, is left out and the rest is read', async () => {
  const line = (index: number) =>
    `{"started_at": ${1_771_063_000 + index}.5, "duration_s": 1.5, "http_status": 200, "dataset": "d", "shape": tru, "seed": 1e999, "tp": 01, "completion_tokens": 5}`
  const report = (await askInProcess(['bench-result', file('load.jsonl', `${line(0)}\n${line(1)}\n`), '--json'])) as BenchResultReport
  const [cell] = report.cells
  expect(cell?.counts.find(({ name }) => name === 'completed')?.count).toBe(2)
  expect(report.files[0]?.context.map(({ name, value }) => [name, value])).toEqual([['dataset', 'd']])
})
