/** Kernel names as engines' traces show them (facts: levers, section on kernel names), by what they do in a step. */

export const kernelNames = {
  norm: 'void vllm::fused_add_rms_norm_kernel<c10::BFloat16, 8>(c10::BFloat16*, long, c10::BFloat16*, c10::BFloat16 const*, float, int, int)',
  qkv: 'nvjet_sm100_tst_64x16_64x16_2x4_2cta_h_bz_splitK_TNT',
  splitK:
    'void cublasLt::splitKreduce_kernel<32, 16, int, float, __nv_bfloat16, float, __nv_bfloat16, false, __nv_bfloat16, __nv_bfloat16, __nv_bfloat16, true, false, false>(cublasLt::cublasSplitKParams<float>, float const*, __nv_bfloat16 const*)',
  rope: 'void vllm::rotary_embedding_kernel<c10::BFloat16, false>(long const*, c10::BFloat16*, c10::BFloat16*, c10::BFloat16 const*, int, long, long, int, int, int)',
  kvWrite:
    'void vllm::concat_and_cache_mla_kernel<__nv_bfloat16, unsigned char, (vllm::Fp8KVCacheDataType)1>(__nv_bfloat16 const*, __nv_bfloat16 const*, unsigned char*, long const*, int, int, int, int, int, int, float const*)',
  attention: 'fmhaSm100fKernel_QkvE4m3OBfloat16HQk576HV512HVPerCta256PagedKvDenseP32MultiCtasKvCgaVarSeqQ8Kv128StaticSwapsAbForGen',
  attentionReduce: 'fmhaReductionKernel',
  output: 'nvjet_qqtst_128x256_128x6_2x1_v_bz_TNT',
  routing:
    'void moe::dev::routing::routingMainKernel<moe::dev::routing::KernelParams<__nv_bfloat16, 8, true> >(moe::dev::routing::KernelParams<__nv_bfloat16, 8, true>)',
  quantise: 'void vllm::cvt_fp16_to_fp4<__nv_bfloat16, false>(int, int, __nv_bfloat16 const*, float const*, unsigned int*, unsigned int*)',
  expertUp:
    'bmm_E2m1_E2m1E2m1_Fp32_t128x8x512u2_s5_et128x8_m128x8x64_cga1x1x1_16dp256b_TN_transOut_schedS_biasM_bN_clmp_swiGlu_dynBatch_sm100f',
  expertDown: 'bmm_Bfloat16_E2m1E2m1_Fp32_t128x8x512_s6_et128x8_m128x8x64_cga1x1x1_16dp256b_TN_transOut_schedS_dynBatch_sm100f',
  finalize:
    'void moe::dev::finalize::finalizeKernelVecLoad<moe::dev::finalize::KernelParams<__nv_bfloat16, __nv_bfloat16, true> >(moe::dev::finalize::KernelParams<__nv_bfloat16, __nv_bfloat16, true>)',
  slotMapping: '_compute_slot_mapping_kernel',
  embedding:
    'void at::native::(anonymous namespace)::indexSelectSmallIndex<c10::BFloat16, long, unsigned int, 2, 2, -2>(at::cuda::detail::TensorInfo<c10::BFloat16, unsigned int>, at::cuda::detail::TensorInfo<c10::BFloat16, unsigned int>, at::cuda::detail::TensorInfo<long, unsigned int>, int, int, unsigned int, long)',
  head: 'nvjet_sm100_tst_128x64_64x10_4x1_h_bz_TNT',
  softmax:
    'void at::native::(anonymous namespace)::cunn_SoftMaxForward<4, float, float, float, at::native::(anonymous namespace)::SoftMaxForwardEpilogue>(float*, float const*, int)',
  sample: '_gumbel_sample_kernel',
  rejection: 'rejection_greedy_sample_kernel',
  draftInputs: 'eagle_prepare_inputs_padded_kernel',
  prefillAttention: 'fmhaSm100fKernel_QkvBfloat16OBfloat16HQk192HV128SeparateQkvCausalVarSeqQ128Kv128PersistentContext',
  prefillGemm: 'nvjet_sm100_tst_256x256_64x4_2x1_2cta_h_bz_TNT',
  prefillActivation:
    'void vllm::act_and_mul_kernel<c10::BFloat16, &(c10::BFloat16 vllm::silu_kernel<c10::BFloat16>(c10::BFloat16 const&)), true>(c10::BFloat16*, c10::BFloat16 const*, int)',
  fill: 'void at::native::vectorized_elementwise_kernel<4, at::native::FillFunctor<c10::BFloat16>, std::array<char*, 1ul> >(int, at::native::FillFunctor<c10::BFloat16>, std::array<char*, 1ul>)',
  customAllReduce:
    'void vllm::cross_device_reduce_1stage<__nv_bfloat16, 8>(vllm::RankData*, vllm::RankSignals, vllm::Signal*, __nv_bfloat16*, int, int)',
  ncclAllReduce: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)',
  ncclAllGather: 'ncclDevKernel_AllGather_RING_LL(ncclDevKernelArgsStorage<4096ul>)',
  ncclReduceScatter: 'ncclDevKernel_ReduceScatter_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)',
} as const

export type KernelRole = keyof typeof kernelNames

const shortNames = new Map<string, string>()

/** As nsys shortens: no return type, scope, template arguments or parameters. */
export function shortNameOf(name: string): string {
  let short = shortNames.get(name)
  if (short === undefined) {
    short = shorten(name)
    shortNames.set(name, short)
  }
  return short
}

function shorten(name: string): string {
  let flat = ''
  let depth = 0
  for (const letter of name.replaceAll('(anonymous namespace)::', '')) {
    if (letter === '<') depth += 1
    else if (letter === '>') depth -= 1
    else if (depth === 0) {
      if (letter === '(') break
      flat += letter
    }
  }
  return flat.trim().replace(/^.*[ :]/, '')
}
