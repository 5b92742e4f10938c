/** Our reading of reports against NVIDIA's own `ncu-report` wheel: every name, value, unit and rule of every file. */
import { spawnSync } from 'node:child_process'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import type { KernelCounters } from '#model/kernel-counters.ts'
import { metricsOf, readCounters } from './support/read-counters.ts'
import { listShared, sharedDataAbsent } from './support/shared-data.ts'

const python = process.env['SEXTANT_NCU_REPORT_PYTHON']
const reports = listShared('ncu-rep')
const skipped =
  reports.length === 0
    ? sharedDataAbsent
    : 'NVIDIA ncu-report absent: `python3 -m venv V && V/bin/pip install ncu-report`, then SEXTANT_NCU_REPORT_PYTHON=V/bin/python'

interface OracleRule {
  readonly rule_identifier: string
  readonly name: string
  readonly section_identifier: string
  readonly rule_message: { readonly title: string; readonly message: string; readonly type: number }
  readonly focus_metrics?: readonly { readonly name: string; readonly value: number; readonly severity: number; readonly info: string }[]
  readonly speedup_estimation?: { readonly type: number; readonly speedup: number }
}

interface OracleAction {
  readonly function: string
  readonly demangled: string
  readonly mangled: string
  readonly metrics: Readonly<Record<string, number | string | null>>
  readonly units: Readonly<Record<string, string>>
  readonly rules: readonly OracleRule[]
}

/** The wheel numbers kinds of messages otherwise than the file. */
const kinds = ['none', 'ok', 'optimization', 'warning', 'error']
const severities = ['default', 'low', 'high']
const scopes = ['unknown', 'local', 'global']

function oracleValue(value: number | string | null): number | string {
  if (value === null || value === 'nan') return Number.NaN
  if (value === 'inf') return Number.POSITIVE_INFINITY
  return value
}

function rulesOf(counters: KernelCounters, result: number): unknown[] {
  return (counters.results[result]?.rules ?? []).flatMap((rule) =>
    rule.messages.map((message) => ({
      identifier: rule.identifier,
      title: rule.title,
      section: rule.section,
      kind: message.kind,
      head: message.title ?? '',
      text: message.text,
      focus: message.focusMetrics.map(({ name, value, severity, note }) => ({ name, value, severity, note })),
      speedup: message.speedup === undefined ? undefined : { scope: message.speedup.scope, percent: message.speedup.ratio * 100 },
    })),
  )
}

function oracleRule(rule: OracleRule): unknown {
  const { rule_message, focus_metrics, speedup_estimation } = rule
  return {
    identifier: rule.rule_identifier,
    title: rule.name,
    section: rule.section_identifier,
    kind: kinds[rule_message.type],
    head: rule_message.title,
    text: rule_message.message,
    focus: (focus_metrics ?? []).map(({ name, value, severity, info }) => ({ name, value, severity: severities[severity], note: info })),
    speedup: speedup_estimation === undefined ? undefined : { scope: scopes[speedup_estimation.type], percent: speedup_estimation.speedup },
  }
}

test.skipIf(python === undefined || reports.length === 0)(
  python === undefined || reports.length === 0 ? skipped : 'every metric, unit and rule equals what the wheel reads',
  async () => {
    const script = join(import.meta.dirname, 'support/ncu-report-values.py')
    const run = spawnSync(python ?? '', [script, ...reports], { encoding: 'utf8', maxBuffer: 1 << 28 })
    expect(run.status, run.stderr).toBe(0)
    let values = 0
    for (const line of run.stdout.trim().split('\n')) {
      const { path, actions } = JSON.parse(line) as { path: string; actions: OracleAction[] }
      const { counters } = await readCounters(path)
      expect(counters.results.length, basename(path)).toBe(actions.length)
      for (const [index, action] of actions.entries()) {
        const where = `${basename(path)} result ${index}`
        const { functionName, demangledName, mangledName } = counters.results[index] ?? {}
        expect([functionName, demangledName, mangledName], where).toEqual([action.function, action.demangled, action.mangled])
        const ours = metricsOf(counters, index)
        const theirs = new Map(Object.entries(action.metrics).map(([name, value]) => [name, oracleValue(value)]))
        expect(new Map([...ours].sort()), where).toEqual(new Map([...theirs].sort()))
        values += theirs.size
        for (const { name, unit } of counters.metrics)
          if (unit !== undefined && name in action.units) expect(`${name} ${unit}`, where).toBe(`${name} ${action.units[name]}`)
        expect(rulesOf(counters, index), where).toEqual(
          // Where an item of a rule is a table, the wheel lists a message without text.
          action.rules.filter(({ rule_message }) => rule_message.message !== '').map(oracleRule),
        )
      }
    }
    expect(values).toBeGreaterThan(5000)
  },
  120_000,
)
