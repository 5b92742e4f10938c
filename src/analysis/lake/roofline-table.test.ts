import { expect, test } from 'vitest'
import { compileCeilings } from '#analysis/ceilings.ts'
import { solCeilingsSchema } from '#formats/sol-ceilings.ts'
import { sweepPeaks } from './roofline-table.ts'

const { hardware } = compileCeilings(
  solCeilingsSchema.parse({
    schema: 'sol-ceilings/1',
    one: {
      hw_name: 'One',
      fp8_dense_pflops: { value: 4.5, units: 'PFLOPS', source: 's' },
      bf16_dense_pflops: { value: 2.25, units: 'PFLOPS', source: 's' },
      hbm3e_tbps: { value: 7.7, units: 'TB/s', source: 's' },
    },
    two_devices: {
      hw_name: 'Two',
      devices_per_entry: 2,
      bf16_dense_pflops: { value: 0.4, units: 'PFLOPS', source: 's' },
      hbm2e_tbps: { value: 3.2, units: 'TB/s', source: 's' },
    },
  }),
)

test('trap H9: peaks are those of the named hardware and of the type that the products run in, or not known', () => {
  const one = hardware.get('one')
  expect(sweepPeaks(one, 'FP8')).toEqual({ compute_peak_pflops_per_gpu: 4.5, hbm_peak_tbps_per_gpu: 7.7, ridge_ai: 4.5e15 / 7.7e12 })
  // Without FP4 units there is no such peak, and the FP8 one is another's.
  expect(sweepPeaks(one, 'NVFP4')).toEqual({ compute_peak_pflops_per_gpu: null, hbm_peak_tbps_per_gpu: 7.7, ridge_ai: null })
  for (const weightOnly of ['INT4', 'awq', 'MXFP4', 'w4a16', 'int8', undefined])
    expect(sweepPeaks(one, weightOnly).compute_peak_pflops_per_gpu, weightOnly).toBeNull()
  expect(sweepPeaks(undefined, 'FP8')).toEqual({ compute_peak_pflops_per_gpu: null, hbm_peak_tbps_per_gpu: null, ridge_ai: null })
})

test('of an entry of two devices each has half', () => {
  const peaks = sweepPeaks(hardware.get('two_devices'), 'bf16')
  expect(peaks.compute_peak_pflops_per_gpu).toBeCloseTo(0.2)
  expect(peaks.hbm_peak_tbps_per_gpu).toBeCloseTo(1.6)
  expect(peaks.ridge_ai).toBeCloseTo(125)
})
