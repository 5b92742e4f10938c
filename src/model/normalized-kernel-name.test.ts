import { expect, test } from 'vitest'
import { normalizedKernelName as normalized } from '#model/normalized-kernel-name.ts'

const same = (...names: string[]) => expect(new Set(names.map(normalized)).size, names.map(normalized).join(' | ')).toBe(1)
const different = (a: string, b: string) => expect(normalized(a)).not.toBe(normalized(b))

test('variants of one kernel group', () => {
  same(
    'void vllm::rms_norm_kernel<c10::BFloat16, 8, 2>(c10::BFloat16*, long)',
    'void vllm::rms_norm_kernel<c10::BFloat16, 4, 1>(c10::BFloat16*, int)',
    'void vllm::rms_norm_kernel<__nv_bfloat16, (int)8, (int)2>(T1 *, const T1 *)',
  )
  same('nvjet_tst_192x192_64x3_1x2_h_bz_coopB_NTN', 'nvjet_tst_128x256_64x4_2x1_h_bz_coopB_NTN')
  same('void at::native::<unnamed>::f<float>(int)', 'void at::native::(anonymous namespace)::f<float>(long)')
  same('fused_moe_kernel_0d1d2de3de4c', 'fused_moe_kernel_0d1d2d3de', 'fused_moe_kernel')
  same('triton_poi_fused_add_mul_0', 'triton_poi_fused_add_mul_12')
  same(
    'void cutlass::Kernel2<cutlass_80_tensorop_s1688gemm_64x64_16x6_nn_align4>(cutlass_80_tensorop_s1688gemm_64x64_16x6_nn_align4::Params)',
    'void cutlass::Kernel2<cutlass_80_tensorop_s1688gemm_128x64_32x3_nn_align4>(int)',
  )
})

test('kernels that differ in what they do stay apart', () => {
  different('nvjet_tst_192x192_64x3_1x2_h_bz_coopB_NTN', 'nvjet_qqtst_192x192_64x3_1x2_h_bz_coopB_NTN')
  different('void f<float>(int)', 'void f<c10::Half>(int)')
  different('sm80_xmma_gemm_f32f32_f32f32_f32_tn_n_tilesize32x32x8', 'sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize32x32x8')
  different('sm80_xmma_gemm_f32f32', 'sm90_xmma_gemm_f32f32')
  different('void g<op_add>(int)', 'void g<op_mul>(int)')
  different('fmhaSm100aKernel_QkvE4m3OBfloat16H64PagedKv', 'fmhaSm100aKernel_QkvBfloat16OBfloat16H64PagedKv')
})

test('what it says can be read', () => {
  expect(normalized('void vllm::rms_norm_kernel<c10::BFloat16, 8, 2>(c10::BFloat16*, long)')).toBe('vllm::rms_norm_kernel<bf16, #>')
  expect(normalized('nvjet_sm100_tst_64x16_64x16_2x4_2cta_h_bz_splitK_TNT')).toBe('nvjet_sm100_tst_#_#cta_h_bz_splitK_TNT')
  expect(normalized('plain')).toBe('plain')
  expect(normalized('(odd')).not.toBe('')
})

test('a second reduction changes nothing for names without templates, and hostile names end', () => {
  for (const name of ['nvjet_tst_192x8_64x8_4x1_v_bz_TNT', 'triton_red_fused_add_0', 'volta_sgemm_32x32_sliced1x4_nt']) {
    expect(normalized(normalized(name))).toBe(normalized(name))
  }
  const started = Date.now()
  normalized(`f${'<'.repeat(200_000)}`)
  normalized(`f_${'1d'.repeat(100_000)}x`)
  normalized(`std::enable_if<${'>::type '.repeat(50_000)}`)
  expect(Date.now() - started).toBeLessThan(2000)
})
