/** `nsys stats` reports under every name they had: current, legacy (before 2022.4, still accepted) and what other tools write. */

const ALIASES: Readonly<Record<string, readonly string[]>> = {
  kernels: ['cuda_gpu_kern_sum', 'gpukernsum', 'gpu_kern_sum', 'cuda_gpu_kern_gb_sum', 'gpukerngbsum', 'gpu_kern_gb_sum'],
  api: ['cuda_api_sum', 'cudaapisum', 'api_sum'],
  'memory-time': ['cuda_gpu_mem_time_sum', 'gpumemtimesum', 'gpu_mem_time_sum'],
  'memory-size': ['cuda_gpu_mem_size_sum', 'gpumemsizesum', 'gpu_mem_size_sum'],
  gpu: ['cuda_gpu_sum', 'gpusum', 'gpu_sum'],
  'api-and-gpu': ['cuda_api_gpu_sum', 'apigpusum'],
  'os-runtime': ['osrt_sum', 'osrtsum'],
  nvtx: ['nvtx_sum', 'nvtxsum', 'nvtx_pushpop_sum', 'nvtxppsum', 'nvtx_startend_sum', 'nvtxsssum'],
}

const CANONICAL = new Map(Object.entries(ALIASES).flatMap(([report, names]) => names.map((name) => [name, report] as const)))

/** The report behind any spelling; unknown names keep theirs, with dashes. Arguments (`:base`) do not count. */
export function canonicalReport(sourceName: string): string {
  const name = sourceName.split(':')[0]?.toLowerCase() ?? ''
  return CANONICAL.get(name) ?? name.replaceAll('_', '-')
}

/** The report that a file was named after (`<base>_<report>.csv`), for files that do not say it themselves. */
export function reportOfFileName(fileName: string): string | undefined {
  const stem = fileName.replace(/\.(?:csv|txt|tsv|log)(?:\.gz)?$/i, '').toLowerCase()
  const matches = [...CANONICAL.keys()].filter(
    (name) => stem === name || stem.endsWith(`_${name}`) || stem.endsWith(`.${name}`) || stem.endsWith(`-${name}`),
  )
  return matches.sort((a, b) => b.length - a.length)[0]
}
