import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkoutRoot } from '../../tests/support/checkout.ts'
import { loadShippedCeilings } from '../pipeline/ceilings.ts'
import { familyCeilings, operandTypeOf } from './family-ceilings.ts'

const { ceilings } = loadShippedCeilings(join(checkoutRoot, 'configs'))

function of(key: string, role: string | undefined, name: string): readonly string[] {
  const hardware = ceilings.hardware.get(key)
  if (hardware === undefined) throw new Error(key)
  return familyCeilings(hardware, role, name).paths
}

test('a family meets bytes, a link, or bytes or operations of the type that its kernel reads', () => {
  expect(of('b200_hgx', 'norm', 'rms_norm_kernel')).toEqual(['b200_hgx.hbm3e_tbps'])
  expect(of('b200_hgx', 'communication', 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL')).toEqual(['b200_hgx.nvlink5_unidirectional_tbps'])
  expect(of('b200_hgx', 'moe', 'bmm_Bfloat16_E2m1E2m1_Fp32_t128x8x512_s6')).toEqual(['b200_hgx.hbm3e_tbps', 'b200_hgx.nvfp4_dense_pflops'])
  expect(of('h100_sxm5', 'gemm', 'deep_gemm::fp8_gemm_kernel<1>')).toEqual(['h100_sxm5.hbm3_tbps', 'h100_sxm5.fp8_dense_pflops'])
  expect(of('a100_80gb_sxm4', 'gemm', 'deep_gemm::fp8_gemm_kernel<1>'), 'A100 has no FP8').toEqual(['a100_80gb_sxm4.hbm2e_tbps'])
  expect(of('b200_hgx', undefined, 'whatever'), 'nothing is guessed').toEqual([])
})

test('trap D10: the operand type is what is multiplied, not what is written', () => {
  expect(operandTypeOf('bmm_Bfloat16_E2m1E2m1_Fp32')).toBe('fp4')
  expect(operandTypeOf('fmhaSm100fKernel_QkvE4m3OBfloat16HQk576')).toBe('fp8')
  expect(operandTypeOf('nvjet_hsh_256x128_64x4_2x1_v_bz_TNT')).toBe('fp16')
  expect(operandTypeOf('void flash::flash_fwd_kernel<cutlass::bfloat16_t>')).toBe('bf16')
  expect(operandTypeOf('ampere_sgemm_128x64_tn')).toBe('fp32')
  expect(operandTypeOf('my_kernel')).toBeUndefined()
})
