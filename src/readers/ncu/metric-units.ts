/** Units of metrics by their names: a report stores none beside its values. https://docs.nvidia.com/nsight-compute/ProfilingGuide/index.html#metrics-naming-conventions */

const rules: readonly (readonly [RegExp, string])[] = [
  [/\.pct(?:_of_peak_sustained\w*)?$|_pct$/, '%'],
  [/__time_\w+\.(?:sum|avg|min|max)$/, 'ns'],
  [/__bytes\w*\.(?:sum|avg|min|max)\.per_second$/, 'byte/s'],
  [/__bytes\w*\.(?:sum|avg|min|max)$|^profiler__replayer_bytes_\w+\.\w+$/, 'byte'],
  [/__cycles_\w+\.(?:sum|avg|min|max)\.per_second$/, 'hz'],
  [/__cycles_\w+\.(?:sum|avg|min|max)$/, 'cycle'],
  [/^launch__shared_mem_per_block/, 'byte/block'],
  [/^launch__shared_mem_config_size$/, 'byte'],
  [/^launch__registers_per_thread$/, 'register/thread'],
  [/__(?:sass_thread_)?inst_executed\w*\.(?:sum|avg|min|max)\.per_cycle_elapsed$/, 'inst/cycle'],
  [/__(?:sass_thread_)?inst_executed\w*\.(?:sum|avg|min|max)$/, 'inst'],
]

export function unitOfMetric(name: string): string | undefined {
  // The value of a breakdown is a list of names.
  if (name.startsWith('breakdown:')) return undefined
  return rules.find(([pattern]) => pattern.test(name))?.[1]
}
