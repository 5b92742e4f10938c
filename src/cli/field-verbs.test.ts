import { expect, test } from 'vitest'
import { parseArguments } from '#commands/framework/command-line.ts'
import { commandRegistry } from '#commands/registry.ts'
import { fieldCall, fieldVerbs, otherWays } from './field-verbs.ts'

test('every verb is a command, and its arguments pass unchanged', () => {
  for (const words of Object.values(fieldVerbs)) expect(commandRegistry.map(({ name }) => name)).toContain(words.join(' '))
  const args = ['dcgm_correlate', '--campaign', 'x', '--cell-id', 'y', '--frozen-yaml', 'z']
  expect(fieldCall(args)).toEqual({ state: 'command', args: ['dcgm', 'correlate', ...args.slice(1)] })
  expect(fieldCall(['dcgm-correlate'])).toMatchObject({ state: 'command' })
})

test('an unknown verb and no verb are usage errors that say what there is', () => {
  expect(fieldCall(['dcgm_corelate'])).toMatchObject({ status: 2, stderr: expect.stringMatching(/mean dcgm_correlate\?/) })
  expect(fieldCall([])).toMatchObject({ status: 2, stdout: expect.stringContaining('dcgm_correlate') })
  expect(fieldCall(['--help'])).toMatchObject({ status: 0 })
})

/** facts/formats.md section 13, each with arguments as the field writes them. */
const field: Readonly<Record<string, string>> = {
  evidence_init: '--family inference --intent why --run-id r-1',
  findings_record:
    '--findings-yaml f.yaml --id a --severity high --source-skill s --source-query q --headline h --recommended-action r --evidence-path e --affected-entity model=m',
  perf_baseline_record: '--family inference --measurement m-perfbench-v1 --source s.json --unit structured-json --notes n --json',
  perf_baseline_diff: '--baseline inference/m --current c.json --tolerance-percent 5 --tolerance.tps 5%',
  dcgm_correlate: '--campaign c --cell-id a --frozen-yaml f.yaml --kernels-json k.json',
  report_render: '--campaign c',
  publish_to_lake: '--campaign c --if-exists overwrite --strict',
  import_roofline_sweep: '--campaign c --cell-id a --sweep s',
  champion_select: '--campaign c',
  value_view: '--findings v.yaml --campaigns campaigns',
  search_runbooks: '--query decode --limit 3',
  search_evidence: '--query decode --limit 3',
  synthesize: '--bundle b --focus latency',
  decode_budget: 'trace.sqlite --tpot-ms 20 --tokens-per-step 2',
  decode_step_budget: 'trace.sqlite',
  baseline_bridge_record: '--model m --source s.json',
  baseline_bridge_diff: '--baseline inference/m --current c.json',
}

test.each(Object.entries(field))('the field’s %s takes the field’s arguments', async (verb, words) => {
  const call = fieldCall([verb, ...words.split(' ')])
  if (call.state !== 'command') throw new Error(call.stderr)
  const name = [2, 1]
    .map((count) => call.args.slice(0, count).join(' '))
    .find((each) => commandRegistry.some((command) => command.name === each))
  const { command } = (await commandRegistry.find((each) => each.name === name)?.load()) ?? {}
  if (command === undefined || name === undefined) throw new Error(`no command for ${verb}`)
  const { input } = parseArguments(command, call.args.slice(name.split(' ').length))
  expect(command.input.safeParse(input).error).toBeUndefined()
})

test('every verb of the field is answered: by a command, or by what to do instead', () => {
  expect(Object.keys(fieldVerbs).sort()).toEqual(Object.keys(field).sort())
  for (const verb of [...Object.keys(field), ...Object.keys(otherWays), 'perf_tune_report_value_view'])
    expect(fieldCall([verb, '--x']), verb).not.toMatchObject({ stderr: expect.stringContaining('no verb') })
  expect(fieldCall(['baseline_bridge', 'record', '--x'])).toEqual({ state: 'command', args: ['baseline', 'record', '--x'] })
  expect(fieldCall(['constructor'])).toMatchObject({ status: 2, stderr: expect.stringContaining('no verb') })
})

test('trap H24: the profiler’s command that stands in for kernel_profile keeps kernels of graphs and ends by itself', () => {
  const call = fieldCall(['kernel_profile', '--namespace', 'n', '--pod', 'p'])
  if (call.state !== 'said') throw new Error('no command profiles a pod')
  expect(call.stderr).toMatch(/nsys profile .*--cuda-graph-trace=node .*--duration=120/)
  expect(call.stderr).not.toContain('--capture-range')
  expect(call.status).toBe(2)
})

test('what stands in for a verb is a command of this program with arguments that it has', async () => {
  const steps = Object.values(otherWays).flatMap(({ steps: all }) => all.filter((step) => step.startsWith('sextant ')))
  expect(steps.length).toBeGreaterThan(4)
  for (const step of steps) {
    const words = step.split(' ').slice(1)
    const found = [2, 1].flatMap((count) => commandRegistry.find(({ name }) => name === words.slice(0, count).join(' ')) ?? [])[0]
    if (found === undefined) throw new Error(`no command for: ${step}`)
    const { command } = await found.load()
    expect(() => parseArguments(command, words.slice(found.name.split(' ').length)), step).not.toThrow()
  }
})
