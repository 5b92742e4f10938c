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
  attention16: 'fmhaSm100fKernel_QkvBfloat16OBfloat16HQk128HV128PagedKvDenseP16MultiCtasKvVarSeqQ8Kv128StaticSwapsAbForGen',
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
  // Of Hopper, and of backends that an engine falls back to.
  flashAttention3:
    'void cutlass::device_kernel<flash::enable_sm90_or_later<flash::FlashAttnFwdSm90<flash::CollectiveMainloopFwdSm90<2, cute::tuple<cute::C<1>, cute::C<1>, cute::C<1> >, cute::tuple<cute::C<128>, cute::C<128>, cute::C<128> >, 128, cutlass::bfloat16_t, float, cutlass::arch::Sm90, true, false, false, true, true, false, true, true, true, true, true, false, false> > > >(flash::FlashAttnFwdSm90<flash::CollectiveMainloopFwdSm90<2, cute::tuple<cute::C<1>, cute::C<1>, cute::C<1> >, cute::tuple<cute::C<128>, cute::C<128>, cute::C<128> >, 128, cutlass::bfloat16_t, float, cutlass::arch::Sm90, true, false, false, true, true, false, true, true, true, true, true, false, false> >::Params)',
  unifiedAttention: 'kernel_unified_attention',
  reduceSegments: 'reduce_segments',
  gqaWrite:
    'void vllm::reshape_and_cache_flash_kernel<__nv_bfloat16, __nv_bfloat16, (vllm::Fp8KVCacheDataType)0>(__nv_bfloat16 const*, __nv_bfloat16 const*, __nv_bfloat16*, __nv_bfloat16*, long const*, long, long, long, long, long, int, int, int, float const*, float const*)',
  gemm16: 'nvjet_tst_64x8_64x16_4x1_v_bz_TNT',
  gemm16Large: 'nvjet_tst_256x128_64x4_1x2_h_bz_coopA_TNT',
  fusedAllReduce:
    'void flashinfer::trtllm_allreduce_fusion::allreduce_fusion_kernel_oneshot_lamport<(flashinfer::trtllm_allreduce_fusion::AllReduceFusionPattern)1, __nv_bfloat16, 8, true, false>(flashinfer::trtllm_allreduce_fusion::AllReduceFusionParams<__nv_bfloat16>)',
  tritonBlockGemm: '_w8a8_triton_block_scaled_mm',
  deepGemm:
    'void deep_gemm::sm90_fp8_gemm_1d2d_impl<(unsigned int)0, (unsigned int)4096, (unsigned int)7168, (unsigned int)1, (unsigned int)64, (unsigned int)128, (unsigned int)128, (deep_gemm::GemmType)0>(float*, int*, unsigned int)',
  groupQuantise:
    'void per_token_group_quant_8bit_kernel<c10::BFloat16, __nv_fp8_e4m3, true, false, float>(c10::BFloat16 const*, void*, float*, int, int, int, float, float, float, int, int)',
  gating:
    'void vllm::moe::topkGating<8, 128, 4, 16, 32, int, (vllm::moe::ScoringFunc)0>(float const*, bool const*, float*, int, int*, int*, int, int, int, bool)',
  alignBlocks:
    'void vllm::moe::moe_align_block_size_kernel<int>(int const*, int*, int*, int*, int, int, int, int, unsigned long, int*, int)',
  fusedMoe: 'fused_moe_kernel',
  moeSum: 'void vllm::moe::moe_sum_kernel<c10::BFloat16, 8>(c10::BFloat16*, c10::BFloat16 const*, int)',
  prefillGemm16: 'nvjet_tst_128x256_64x4_2x1_v_bz_coopA_TNT',
  draftGemm: 'nvjet_tst_32x64_64x16_4x2_h_bz_TNT',
  argmax:
    'void at::native::reduce_kernel<512, 1, at::native::ReduceOp<float, at::native::ArgMaxOps<float>, unsigned int, long, 4, 4> >(at::native::ReduceOp<float, at::native::ArgMaxOps<float>, unsigned int, long, 4, 4>)',
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
