import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import { loadEngineKnobs } from '#pipeline/engine-knobs.ts'
import { joinParts } from './deployment/join-parts.ts'
import { findDeployment, readEngineConfig, readModelConfig } from './deployment.ts'

const knobs = loadEngineKnobs(join(import.meta.dirname, '../../../configs'))
const folder = mkdtempSync(join(tmpdir(), 'sextant-deployment-'))
afterAll(() => rmSync(folder, { recursive: true }))

const written = (text: string): string => {
  const path = join(folder, 'file')
  writeFileSync(path, text)
  return path
}
const part = (text: string) => findDeployment(written(text), 'given', knobs)
const refusal = (text: string) => {
  try {
    readEngineConfig(written(text), 'given', knobs)
  } catch (error) {
    if (isSextantError(error)) return { code: error.code, message: error.message, hint: error.hint }
    throw error
  }
  return undefined
}

it('a launch command as people keep it', () => {
  const script = `#!/bin/bash
export NCCL_DEBUG=INFO # noise
VLLM_USE_NCCL_SYMM_MEM=1 exec nsys profile -t cuda vllm serve meta-llama/Llama-3.1-70B-Instruct \\
  -tp 8 --max_num_seqs=64 --no-async-scheduling --gpu-memory-utilization 0.90 \\
  --compilation-config '{"cudagraph_mode": "FULL", "pass_config": {"fuse_allreduce_rms": false}}' \\
  -cc.mode=3 -O3 --api-key "$KEY" --served-model-name 'a b' c --port 8000
`
  const found = part(script)
  expect(found).toMatchObject({
    kind: 'command',
    engine: { name: 'vllm' },
    environment: { NCCL_DEBUG: 'INFO', VLLM_USE_NCCL_SYMM_MEM: '1' },
    model: { name: 'meta-llama/Llama-3.1-70B-Instruct' },
    unlisted: ['api-key', 'port', 'served-model-name'],
  })
  expect(found?.arguments).toEqual({
    'tensor-parallel-size': 8,
    'max-num-seqs': 64,
    'no-async-scheduling': true,
    'gpu-memory-utilization': 0.9,
    'compilation-config.cudagraph_mode': 'FULL',
    'compilation-config.pass_config.fuse_allreduce_rms': false,
    'compilation-config.mode': 3,
    'optimization-level': 3,
    'api-key': '$KEY',
    'served-model-name': 'a b c',
    port: 8000,
  })
  expect(found?.notes).toEqual(['given, line 6: $KEY is left as it is written: nothing is expanded'])
})

it.each([
  [
    'python3 -m sglang.launch_server --model-path Qwen/Qwen3-32B --tp 4 --disable-overlap-schedule',
    'sglang',
    { 'tp-size': 4, 'disable-overlap-schedule': true },
  ],
  ['python -m vllm.entrypoints.openai.api_server --model m --enforce-eager', 'vllm', { model: 'm', 'enforce-eager': true }],
  ['trtllm-serve nvidia/model --tp_size 8 --max_batch_size 64', 'tensorrt-llm', { tp_size: 8, max_batch_size: 64 }],
  ['vllm serve --enforce-eager m --max-num-seqs 4', 'vllm', { 'enforce-eager': true, 'max-num-seqs': 4 }],
])('%s', (command, engine, given) => {
  const found = part(command)
  expect(found?.engine?.name).toBe(engine)
  expect(found?.arguments).toMatchObject(given)
})

it('docker run: the image says engine and version, -e the environment', () => {
  const found = part(
    'docker run --gpus all -e HF_TOKEN=s3cret -e VLLM_USE_FASTOKENS=1 vllm/vllm-openai:v0.24.0 --model m --max-num-batched-tokens 2048 --stream-interval 8',
  )
  expect(found).toMatchObject({ engine: { name: 'vllm', version: '0.24.0' }, arguments: { model: 'm', 'stream-interval': 8 } })
  const { file } = joinParts(found === undefined ? [] : [found])
  expect(file?.arguments).toMatchObject({ 'max-num-batched-tokens': 2048 })
  expect(file?.environment).toEqual({ HF_TOKEN: '(not shown)', VLLM_USE_FASTOKENS: '1' })
})

it('nothing of a command is run or replaced', () => {
  const found = part('vllm serve m --max-num-seqs $(touch /tmp/sextant-was-here) --tp $TP')
  expect(found?.arguments).toEqual({ 'max-num-seqs': '$(touch /tmp/sextant-was-here)', 'tensor-parallel-size': '$TP' })
  expect(found?.notes).toHaveLength(2)
})

it('values of charts: lists, environment, image, and the chart’s own names', () => {
  const found = part(`
servingEngineSpec:
  modelSpec:
    - name: llama
      repository: vllm/vllm-openai
      image: {repository: vllm/vllm-openai, tag: v0.18.0}
      vllmConfig:
        tensorParallelSize: 4
        enablePrefixCaching: false
        extraArgs: ["--no-async-scheduling", "--max-num-seqs 256", "--compilation-config", '{"cudagraph_mode": "FULL"}']
      env:
        - {name: VLLM_USE_V2_MODEL_RUNNER, value: "1"}
        - {name: HF_TOKEN, valueFrom: {secretKeyRef: {name: hf, key: token}}}
`)
  expect(found).toMatchObject({
    kind: 'values',
    engine: { name: 'vllm', version: '0.18.0' },
    environment: { VLLM_USE_V2_MODEL_RUNNER: '1' },
    arguments: {
      'tensor-parallel-size': 4,
      'enable-prefix-caching': false,
      'no-async-scheduling': true,
      'max-num-seqs': 256,
      'compilation-config.cudagraph_mode': 'FULL',
    },
  })
})

it('a pod: command and args with an engine’s start in them', () => {
  const found = part(`
spec:
  containers:
    - image: lmsysorg/sglang:v0.5.17-cu129
      command: [python3, -m, sglang.launch_server]
      args: ["--model-path", "m", "--tp", "2", "--attention-backend", "triton"]
`)
  expect(found).toMatchObject({
    engine: { name: 'sglang', version: '0.5.17' },
    arguments: { 'model-path': 'm', 'tp-size': 2, 'attention-backend': 'triton' },
    model: { name: 'm' },
  })
})

it('the log of a start: what is in force, version and arguments', () => {
  const found = part(`
(APIServer pid=1) INFO 07-20 vLLM API server version 0.25.1
(APIServer pid=1) INFO 07-20 non-default args: {'model_tag': 'm', 'tensor_parallel_size': 8, 'compilation_config': {'level': None, 'mode': <CompilationMode.VLLM_COMPILE: 3>, 'cudagraph_mode': 'FULL'}, 'enforce_eager': True}
(EngineCore pid=9) INFO Using FLASH_ATTN attention backend out of potential backends: ['FLASH_ATTN', 'FLASHINFER'].
(EngineCore pid=9) INFO Asynchronous scheduling is enabled.
(EngineCore pid=9) WARNING Overriding cudagraph_mode from FULL_AND_PIECEWISE to PIECEWISE.
(EngineCore pid=9) WARNING Using default MoE config. Performance might be sub-optimal! Config file not found at x.json
(EngineCore pid=9) INFO Enabled custom fusions: norm_quant, act_quant
(EngineCore pid=9) INFO GPU KV cache size: 1,234,567 tokens
`)
  expect(found).toMatchObject({
    kind: 'log',
    engine: { name: 'vllm', version: '0.25.1' },
    arguments: { 'tensor-parallel-size': 8, 'enforce-eager': true, 'compilation-config.cudagraph_mode': 'FULL' },
    resolved: {
      attention_backend: 'FLASH_ATTN',
      async_scheduling: true,
      cudagraph_mode: 'PIECEWISE',
      moe_config: 'default',
      fuse_allreduce_rms: false,
      kv_cache_tokens: 1_234_567,
    },
  })
})

it('SGLang’s dump of its arguments', () => {
  const found = part(
    "[2026-08-20] server_args=ServerArgs(model_path='m', tp_size=4, disable_overlap_schedule=False, attention_backend='fa3', dist_timeout=None, cuda_graph_bs=[1, 2])\n",
  )
  expect(found).toMatchObject({
    engine: { name: 'sglang' },
    arguments: { 'tp-size': 4, 'disable-overlap-schedule': false, 'attention-backend': 'fa3', 'cuda-graph-bs': '[1,2]' },
  })
  expect(found?.arguments).not.toHaveProperty('dist-timeout')
})

it('config.json of models, dense, with experts, and inside a multimodal one', () => {
  const dense = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: 4096,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    vocab_size: 128256,
    torch_dtype: 'bfloat16',
  }
  expect(readModelConfig(written(JSON.stringify(dense)), 'given').model).toEqual({
    architecture: 'LlamaForCausalLM',
    layers: 32,
    hiddenSize: 4096,
    attentionHeads: 32,
    kvHeads: 8,
    vocabularySize: 128256,
    experts: 0,
    latentAttention: false,
    weightType: 'bf16',
  })
  const moe = {
    architectures: ['DeepseekV3ForCausalLM'],
    model_type: 'deepseek_v3',
    hidden_size: 7168,
    num_hidden_layers: 61,
    n_routed_experts: 256,
    num_experts_per_tok: 8,
    kv_lora_rank: 512,
    num_nextn_predict_layers: 1,
    quantization_config: { quant_method: 'fp8' },
  }
  expect(readModelConfig(written(JSON.stringify(moe)), 'given').model).toMatchObject({
    experts: 256,
    activeExperts: 8,
    latentAttention: true,
    draftLayers: 1,
    weightType: 'fp8',
  })
  const seeing = { architectures: ['X'], model_type: 'x_vl_moe', text_config: { hidden_size: 2048, num_hidden_layers: 24 } }
  const { model } = readModelConfig(written(JSON.stringify(seeing)), 'given')
  expect(model).toMatchObject({ hiddenSize: 2048, layers: 24 })
  expect(model?.experts).toBeUndefined()
})

it('files of the bundle that are something else say nothing', () => {
  for (const text of [
    '',
    'hello',
    '{"traceEvents": []}',
    'name,value\n1,2\n',
    'hw_key: h100\nsweep_start_utc: x\n',
    '# HELP vllm:num_requests_running x\nvllm:num_requests_running 1\n',
    '\0\0',
  ]) {
    expect(part(text)).toBeUndefined()
  }
})

it('coordinates of kernel levers are carried as given, and an axis beyond 4 is refused', () => {
  const coordinate = (h: number) => `{K: 4, R: 2, H: ${h}, P: 4, A: 1, name: gemm_kernel}`
  const text = (h: number) =>
    `schema: deployment/1\nengine: {name: vllm}\nkrhpa:\n  - {lever: L35, candidate: ${coordinate(h)}, baseline: ${coordinate(4)}}\n`
  const said = part(text(3))
  expect(said?.krhpa).toMatchObject([{ lever: 'L35', candidate: { H: 3, name: 'gemm_kernel' }, baseline: { H: 4 } }])
  expect(joinParts(said === undefined ? [] : [said]).file?.krhpa).toEqual(said?.krhpa)
  expect(refusal(text(5))).toMatchObject({ code: 'unknown_format', message: expect.stringContaining('krhpa.0.candidate.H') })
})

it('what cannot be read says where and what to do', () => {
  expect(refusal('vllm serve m \\\n  --compilation-config \'{"mode": 3\'')).toMatchObject({
    code: 'corrupt_file',
    message: expect.stringContaining('line 2'),
  })
  expect(refusal("vllm serve m \\\n  --x 'open")).toMatchObject({
    code: 'corrupt_file',
    message: "given, line 2: the quote ' is never closed",
  })
  expect(refusal('schema: deployment/1\nengine: {name: vllm}\nargument: {}\n')).toMatchObject({
    code: 'unknown_format',
    hint: 'Did you mean arguments?',
  })
  expect(refusal('schema: deployment/1\nengine: {name: vllm\n')).toMatchObject({
    code: 'corrupt_file',
    message: expect.stringContaining('line '),
  })
  expect(refusal('schema: deployment/2\n')).toMatchObject({ code: 'newer_format' })
  expect(refusal('{"architectures": ["L"], "hidden_size": 1}')).toMatchObject({
    code: 'unknown_format',
    message: expect.stringContaining('--model-config'),
  })
  expect(refusal('hello')).toMatchObject({ code: 'unknown_format' })
  expect(() => readModelConfig(written('{}'), 'given')).toThrow('no config.json')
})

it('several files: in any order the same, and what they disagree on is listed', () => {
  const yaml = part(
    'schema: deployment/1\nengine: {name: vllm, version: 0.24.0}\narguments: {max-num-seqs: 64}\nenvironment: {}\nmodel: {name: a/m, layers: 32}\n',
  )
  const command = part('vllm serve m --max-num-seqs 128 --enforce-eager')
  const log = part('vLLM API server version 0.25.1\nAsynchronous scheduling is enabled.\n')
  const model = part(JSON.stringify({ architectures: ['L'], hidden_size: 8, num_hidden_layers: 40 }))
  const parts = [yaml, command, log, model].flatMap((each) => (each === undefined ? [] : [each]))
  const joined = joinParts(parts)
  expect(joinParts([...parts].reverse())).toEqual(joined)
  expect(joined.file).toMatchObject({
    engine: { name: 'vllm', version: '0.24.0' },
    arguments: { 'max-num-seqs': 64, 'enforce-eager': true },
    resolved: { async_scheduling: true },
    model: { name: 'a/m', layers: 40, hiddenSize: 8 },
  })
  expect(joined.disagreements.map(({ field }) => field)).toEqual(['arguments.max-num-seqs', 'engine.version', 'model.layers'])
})

it('a config.json alone names no engine', () => {
  const model = part(JSON.stringify({ architectures: ['L'], hidden_size: 8, num_hidden_layers: 40 }))
  expect(joinParts(model === undefined ? [] : [model])).toEqual({ disagreements: [], unlisted: [], notes: [] })
})
