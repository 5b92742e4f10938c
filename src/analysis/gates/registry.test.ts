/** The contract of every gate, run over the registry. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gatesSchema } from '#formats/gates.ts'
import { timelineNeeds } from '#model/timeline.ts'
import { gateContext, gateExamples } from '../../../tests/support/gate-examples.ts'
import { gates } from './registry.ts'
import { buildGatesReport, runGates } from './run-gates.ts'

const pages = resolve(import.meta.dirname, '../../../docs/gates')

test('ids are unique kebab-case, Gate 0 comes first, and each gate has examples', () => {
  const ids = gates.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/)
  expect(ids[0]).toBe('cupti-initialised')
  expect(Object.keys(gateExamples).sort()).toEqual([...ids].sort())
})

test('each gate has its page, and each page its gate', () => {
  const written = readdirSync(pages).filter((name) => name !== 'README.md')
  expect(written.sort()).toEqual(gates.map(({ id }) => `${id}.md`).sort())
  for (const { id, title } of gates) {
    const page = readFileSync(join(pages, `${id}.md`), 'utf8')
    expect(page).toContain(`# ${id}`)
    expect(page).toContain(title)
    for (const heading of ['## Catches', '## Fix', '## Source']) expect(page, id).toContain(heading)
  }
})

describe.each(gates.map((gate) => [gate.id, gate] as const))('%s', (id, gate) => {
  const examples = gateExamples[id]
  test('has a title and known needs', () => {
    expect(gate.title.length).toBeGreaterThan(5)
    for (const need of gate.needs) expect(timelineNeeds).toContain(need)
  })
  test('passes, fails with a fix that names a command or a setting, and abstains with a reason', () => {
    if (examples === undefined) throw new Error(`no examples for ${id}`)
    expect(gate.check(examples.passes)).toMatchObject({ outcome: 'pass' })
    const failed = gate.check(examples.fails)
    if (failed.outcome !== 'fail') throw new Error(`${id}: ${JSON.stringify(failed)}`)
    expect(failed.reason.length).toBeGreaterThan(10)
    expect(failed.fix).toMatch(/`\w+ [^`]+`|--[a-z]+-?[a-z]+|[a-z]+_[a-z]+/)
    const abstained = gate.check(examples.cannotTell)
    if (abstained.outcome !== 'cannot-tell') throw new Error(`${id}: ${JSON.stringify(abstained)}`)
    expect(abstained.reason.length).toBeGreaterThan(10)
  })
  test('answers the same twice and survives a capture with nothing in it', () => {
    for (const context of Object.values(examples ?? {})) expect(gate.check(context)).toEqual(gate.check(context))
    const { timeline: _, ...bare } = gateContext(examples?.passes.capture ?? never()).capture
    expect(gate.check(gateContext(bare)).outcome).toBe('cannot-tell')
  })
})

function never(): never {
  throw new Error('no example')
}

test('a gate that throws cannot tell, and the others are asked all the same', () => {
  const context = gateExamples['kernels-present']?.passes ?? never()
  const broken = { id: 'broken', title: 'always broken', needs: [], asks: 'any' as const, check: () => never() }
  const results = runGates(context, [broken, ...gates])
  expect(results[0]).toEqual({ id: 'broken', title: 'always broken', outcome: 'cannot-tell', reason: 'the gate itself failed: no example' })
  expect(results.length).toBe(gates.length + 1)
  expect(results.find(({ id }) => id === 'kernels-present')?.outcome).toBe('pass')
})

test('step detection runs once, and its failure is the answer of the gates that asked', () => {
  let calls = 0
  const context = gateExamples['repeating-decode-pattern']?.cannotTell ?? never()
  const detect = () => {
    calls++
    throw new Error('no steps today')
  }
  const results = runGates({ ...context, stepDetection: detect })
  expect(calls).toBe(1)
  expect(results.find(({ id }) => id === 'repeating-decode-pattern')).toMatchObject({
    outcome: 'cannot-tell',
    reason: expect.stringContaining('no steps today'),
  })
})

test('decode gates are asked for decode only; the report is what its schema says and counts itself', () => {
  const context = gateExamples['no-prefill-contamination']?.fails ?? never()
  const any = buildGatesReport({ ...context, asks: 'any' }, [])
  expect(any.gates.map(({ id }) => id)).toEqual(gates.filter(({ asks }) => asks === 'any').map(({ id }) => id))
  const decode = buildGatesReport(context, [{ path: 'a.sqlite', sha256: '0'.repeat(64) }])
  expect(decode.gates.length).toBe(gates.length)
  expect(decode.passed + decode.failed + decode.cannotTell).toBe(gates.length)
  expect(decode.verdict).toBe('fail')
  expect(gatesSchema.parse(JSON.parse(JSON.stringify(decode)))).toEqual(JSON.parse(JSON.stringify(decode)))
})
