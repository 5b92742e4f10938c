/** What files call the fields of the context descriptor (facts/methodology.md rule 41), wherever they nest them. */

const spelled: Readonly<Record<string, readonly string[]>> = {
  model: ['model', 'model_id', 'model_name', 'model_path', 'served_model_name', 'hf_model', 'formatted_model_name'],
  tokenizer: ['tokenizer', 'tokenizer_id'],
  engine: ['framework', 'engine', 'serving_engine', 'backend', 'bench_backend', 'endpoint_type', 'server_backend'],
  engineVersion: ['vllm_version', 'engine_version', 'server_version', 'framework_version', 'sglang_version'],
  image: ['image', 'docker_image', 'container_image', 'vllm_image'],
  commit: ['commit', 'vllm_commit', 'git_sha', 'commit_sha'],
  hardware: ['hw', 'hardware', 'gpu', 'gpu_type', 'gpu_name', 'gpu_model_name', 'accelerator'],
  gpus: ['n_gpus', 'num_gpus', 'gpu_count', 'world_size'],
  tensorParallel: ['tp', 'tensor_parallel', 'tensor_parallel_size', 'tp_size'],
  pipelineParallel: ['pp', 'pipeline_parallel', 'pipeline_parallel_size', 'pp_size'],
  dataParallel: ['dp', 'data_parallel', 'data_parallel_size', 'dp_size'],
  expertParallel: ['ep', 'expert_parallel', 'expert_parallel_size', 'ep_size'],
  dpAttention: ['dp_attention', 'enable_dp_attention'],
  quantization: ['quantization', 'quant', 'precision', 'dtype'],
  kvCacheDtype: ['kv_cache_dtype', 'kv_dtype', 'cache_dtype'],
  speculativeDecoding: ['speculative_decoding', 'spec_decoding', 'speculative_config', 'mtp'],
  disaggregated: ['disagg', 'disaggregated'],
  cudagraphMode: ['cudagraph_mode', 'enforce_eager'],
  maxNumSeqs: ['max_num_seqs'],
  maxNumBatchedTokens: ['max_num_batched_tokens'],
  maxModelLen: ['max_model_len'],
  gpuMemoryUtilization: ['gpu_memory_utilization'],
  asyncScheduling: ['async_scheduling'],
  prefixCaching: ['enable_prefix_caching', 'prefix_caching'],
  cacheMode: ['cache_mode', 'cache_state'],
  delivery: ['delivery'],
  dataset: ['dataset', 'dataset_name', 'dataset_path', 'input_dataset'],
  inputTokensLabel: ['isl', 'random_input_len', 'input_len', 'synthetic_input_tokens_mean'],
  outputTokensLabel: ['osl', 'random_output_len', 'output_len', 'output_tokens_mean', 'sharegpt_output_len'],
  requestsPlanned: ['num_prompts', 'request_count', 'prompt_count'],
  warmups: ['warmup_request_count', 'num_warmups', 'warmup'],
  burstiness: ['burstiness'],
  seed: ['random_seed', 'seed'],
  streaming: ['streaming'],
  namespace: ['namespace'],
  cluster: ['cluster', 'cluster_context'],
  service: ['service'],
  node: ['node', 'node_name', 'hostname'],
}

const byName = new Map(Object.entries(spelled).flatMap(([name, keys]) => keys.map((key) => [key, name] as const)))

/** Canonical name of a key; undefined for keys that describe nothing we know. */
export function contextName(key: string): string | undefined {
  return byName.get(
    key
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replaceAll('-', '_')
      .toLowerCase(),
  )
}
