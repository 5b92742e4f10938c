/** Bundles as the field writes them, for tests: TSV set and its declaration. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Tables = Readonly<Record<string, string | undefined>>

/** 12,300 GPU samples: what is listed is 10,480 of them. Names from public traces; one frame without a name. */
export const tables: Readonly<Record<string, string>> = {
  'kernel-class.tsv': 'event_kind\tkind\tsamples\ncuda\tcuda\t11800\ncuda\tnative\t500\non_cpu\tnative\t4000\n',
  'top-gpu-frames.tsv': [
    'kernel\tsamples',
    'bmm_E4m3_E4m3E4m3_Fp32_t128x8x512u2_s6_et64x8_m64x8x32_cga1x1x1_16dp256b_TN_transOut_schedS_sm100f\t3600',
    'void flash::flash_fwd_splitkv_kernel<Flash_fwd_kernel_traits<128, 64, 128, 4>>(flash::Flash_fwd_params)\t2400',
    'multimem_all_reduce_kernel<__nv_bfloat16, 8>\t1500',
    'void cutlass::device_kernel<vllm::cutlass_3x_gemm_sm100_fp8<cutlass::float_e4m3_t, cutlass::bfloat16_t>>(int)\t1200',
    'ncclDevKernel_AllGather_RING_LL(ncclDevKernelArgsStorage<4096ul>)\t800',
    'triton_red_fused_add_mul_rms_norm_3\t600',
    '\t380',
  ].join('\n'),
  'per-gpu.tsv': 'gpu_name\tgpu_uuid\tsamples\nNVIDIA B200\tGPU-aaaa\t6200\nNVIDIA B200\tGPU-bbbb\t6100\n',
  'per-category.tsv': 'category\tsamples\nNCCL\t2300\nOther\t10000\n',
  'top-python-during-cuda.tsv': 'python_frame\tsamples\nvllm/worker/model_runner.py::execute_model\t7000\n\t120\n',
}

/** Writes `bundle/zymtrace/*` with `changed` tables (undefined = absent) and, unless undefined, the declaration. Returns the bundle's path. */
export function writeBundle(bundle: string, changed: Tables = {}, declared: unknown = ['zymtrace']): string {
  const folder = join(bundle, 'zymtrace')
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries({ ...tables, ...changed })) if (text !== undefined) writeFileSync(join(folder, name), text)
  if (declared !== undefined) writeFileSync(join(bundle, 'capture_sources.json'), JSON.stringify({ captured_sources: declared }))
  return bundle
}
