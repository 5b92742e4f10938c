/** Steps of deployments that mislead: what repeats most, or most evenly, is not always the step. */
import { expect, test } from 'vitest'
import { buildDecodeBudget } from '#analysis/decode-budget.ts'
import type { Capture } from '#model/capture.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { checkoutRoot } from '../../tests/support/checkout.ts'
import { DeviceScript } from '../../tests/support/device-script.ts'

const rules = loadFamilyRules(`${checkoutRoot}/configs`)
const layer = (ns: number): (readonly [string, number])[] => [
  ['fused_add_rms_norm_kernel', ns],
  ['nvjet_tst_64x8_qkv', 4 * ns],
  ['flash_fwd_splitkv_kernel', 3 * ns],
  ['nvjet_tst_128x8_mlp', 6 * ns],
]
const layers = (count: number, ns: number) => Array.from({ length: count }, () => layer(ns)).flat()
const around = (body: readonly (readonly [string, number])[]): (readonly [string, number])[] => [
  ['embedding_kernel', 2000],
  ...body,
  ['lm_head_gemm', 30_000],
]
/** Up to a tenth more or less, the same in every run. */
const uneven = (step: number, ns: number): number => Math.round(ns * (1 + 0.1 * Math.sin(7 * step)))

function deviceOf(capture: Capture, index = 0) {
  const { devices, unknowns } = buildDecodeBudget([{ capture, losses: [] }], rules)
  return { device: devices[index], steps: devices[index]?.steps, unknowns }
}

test('a graph of nothing but like layers: the replay is the step, not the layer', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 30; step += 1) script.replay(layers(40, uneven(step, 2000)))
  expect(deviceOf(script.capture()).steps).toMatchObject({ count: 30, cadences: 29, anchor: { kind: 'replay' }, dropped: [] })
})

test('draft and verification graphs that share every kernel, back to back: the pair is the step', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 30; step += 1) script.replay(around(layers(1, 3000))).replay(around(layers(24, uneven(step, 3000))))
  const { steps, device } = deviceOf(script.capture())
  expect(steps?.cadences).toBeGreaterThanOrEqual(28)
  expect(steps?.count).toBe(30)
  expect(device?.cadenceNs?.medianNs).toBeGreaterThan(24 * 14 * 3000)
})

test('no kernel runs once per step: the one that follows an unusual number of others begins it', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 20; step += 1) {
    for (const [name, ns] of [...around(layers(12, 2000)), ...around(layers(12, 3000))]) script.kernel(name, ns, 600)
    for (let i = 0; i < 20; i += 1) script.kernel('elementwise_kernel', 4000, 600)
  }
  // No gap says where in the motif a step begins, so its first and last may count as cut.
  expect(deviceOf(script.capture()).steps).toMatchObject({ cadences: 19 })
})

test('launch gaps all along the step: the longest of them, here and there, begins no step', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 30; step += 1) {
    for (const [index, [name, ns]] of around(layers(40, 500)).entries()) script.kernel(name, ns, uneven(index * 31 + step * 17, 6000))
    script.toHost(256)
  }
  const { steps, device } = deviceOf(script.capture())
  expect(steps).toMatchObject({ count: 30, purityRatio: 1 })
  expect(device?.verdict?.class).toBe('host-bound')
})

test('a long host turn every tenth step: tokens return to the host every step, so the step is a tenth of that', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 120; step += 1) {
    script.replay(around(layers(12, uneven(step, 3000)))).toHost(256)
    script.idle(step % 10 === 5 ? 8_000_000 : 700_000)
  }
  expect(deviceOf(script.capture()).steps).toMatchObject({ count: 120, cadences: 119 })
})

test('an eager prefill chunk after every third opaque decode graph: four steps, not one', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 80; step += 1) {
    if (step % 4 === 1) for (const [name, ns] of layers(12, 60_000)) script.kernel(`${name}_prefill`, ns)
    else script.opaque(8, uneven(step, 4_000_000))
    script.kernel('argmax_kernel', 10_000).toHost(256).idle(700_000)
  }
  const { steps } = deviceOf(script.capture())
  expect(steps?.phases).toMatchObject([
    { phase: 'prefill', count: 20 },
    { phase: 'decode', count: 60 },
  ])
})

test('blocks of the KV cache copied out four times a step are no returned tokens', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 40; step += 1) {
    for (let part = 0; part < 4; part += 1) script.replay(layers(4, uneven(step, 4000)), 9000).toHost(64 << 20, 900_000)
    script.idle(900_000)
  }
  expect(deviceOf(script.capture()).steps).toMatchObject({ count: 40 })
})

test('two batch sizes replayed from graphs are decode; a long eager step among them is a prefill', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 80; step += 1) {
    if (step === 40) for (const [name, ns] of around(layers(12, 60_000))) script.kernel(`${name}_prefill`, ns)
    else script.replay(around(layers(12, uneven(step, step < 40 ? 2000 : 4500))))
    script.toHost(256).idle(500_000)
  }
  expect(deviceOf(script.capture()).steps?.phases).toMatchObject([
    { phase: 'prefill', count: 1 },
    { phase: 'decode', count: 79 },
  ])
})

test('opaque graphs of many batch buckets: the first and the last step are steps, however rare their bucket', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 60; step += 1) {
    const bucket = step === 0 ? 90 : step === 59 ? 91 : step % 7
    script.opaque(100 + bucket, 2_000_000 + 100_000 * (bucket % 7), 600)
    script.kernel('argmax_kernel', 10_000, 600).toHost(256).idle(500_000)
  }
  expect(deviceOf(script.capture()).steps).toMatchObject({ count: 60, cadences: 59, dropped: [], notes: [] })
})

test('image models repeat too, and are not called decode', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 30; step += 1) {
    for (let i = 0; i < 20; i += 1) script.kernel('sm80_xmma_fprop_implicit_gemm_f16f16', uneven(step, 90_000)).kernel('relu_kernel', 9000)
    script.kernel('ampere_sgemm_32x32_tn', 30_000).toHost(4000).idle(500_000)
  }
  expect(deviceOf(script.capture()).steps).toMatchObject({ count: 30, measuredPhase: 'unknown' })
})

test('ranges are missing for a tenth of the steps: no annotated step is measured twice as long', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 60; step += 1) {
    const begin = script.at
    script.replay(around(layers(12, uneven(step, 3000))))
    if (step % 10 !== 4) script.range('execute_context_0(0)_generation_8(8)', begin)
    script.kernel('argmax_kernel', 10_000).toHost(256).idle(500_000)
  }
  const { steps, device } = deviceOf(script.capture())
  expect(steps?.phases).toMatchObject([
    { phase: 'decode', count: 54, batch: { realMedian: 8 } },
    { phase: 'unknown', count: 6 },
  ])
  const { medianNs = 0, p99Ns = Number.NaN } = device?.cadenceNs ?? {}
  expect(p99Ns).toBeLessThan(1.2 * medianNs)
  expect(steps?.dropped).toEqual([])
  for (const { p25Ns, medianNs: half, p75Ns, p99Ns: most } of device?.families ?? []) {
    expect([p25Ns, half, p75Ns, most]).toEqual([p25Ns, half, p75Ns, most].toSorted((a, b) => a - b))
  }
})

test('fields that a later engine adds to its step names do not hide the steps', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 20; step += 1) {
    const begin = script.at
    script
      .replay(around(layers(12, uneven(step, 3000))))
      .range('step[DECODE bs=32 seqlen=4096.5 kv=[1,2] mode=Piecewise]', begin)
      .idle(500_000)
  }
  expect(deviceOf(script.capture()).steps).toMatchObject({ source: 'annotations', count: 20, batch: { realMedian: 32 } })
})

test('two engines at work on one device: no budget is given; one after the other: the measured one is named', () => {
  const decode = (script: DeviceScript, steps: number, ns: number) => {
    for (let step = 0; step < steps; step += 1)
      script
        .replay(around(layers(12, uneven(step, ns))))
        .toHost(256)
        .idle(500_000)
    return script
  }
  const both = (startNs: number): Capture => {
    const one = decode(new DeviceScript(), 60, 3000).rows()
    const other = decode(new DeviceScript(startNs, 1), 40, 2000).rows()
    const joined = <T>(a: readonly T[] = [], b: readonly T[] = []) => [...a, ...b]
    return new DeviceScript().capture({
      kernels: joined(one.kernels, other.kernels),
      memcpys: joined(one.memcpys, other.memcpys),
      calls: joined(one.calls, other.calls),
      processes: [{ pid: 11 }, { pid: 12 }],
      devices: [{ ordinal: 0, processes: [0, 1] }],
    })
  }
  expect(deviceOf(both(10_000_000)).unknowns[0]).toMatchObject({ code: 'shared-device', reason: expect.stringContaining('11 and 12') })
  const { steps } = deviceOf(both(60_000_000_000))
  expect(steps?.count).toBe(60)
  expect(steps?.notes).toContain('1 other process worked on this device before or after process 11')
})

test('a clock of whole microseconds: gaps of one tick come and go and begin no step; the first step is whole', () => {
  const script = new DeviceScript()
  for (let step = 0; step < 40; step += 1) {
    const body: readonly (readonly [string, number])[] = [['copy_in_kernel', 2000], ['slot_mapping_kernel', 2000], ...layers(6, 40_000)]
    // The host runs ahead: kernels follow each other within half a tick, which the clock rounds to none or one.
    for (const [index, [name, ns]] of body.entries()) script.kernel(name, ns, (index * 7 + step * 13) % 3 === 0 ? 0 : 1000)
    script.toHost(256, 2000)
  }
  const { steps, device } = deviceOf(script.capture())
  expect(steps).toMatchObject({ count: 40, cadences: 39, dropped: [] })
  expect(device?.verdict?.class).toBe('kernel-bound')
})
