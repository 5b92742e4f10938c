/**
 * What an engine says at its start of what it settled on. Lines as the facts on levers quote them (section 2, vLLM 6adad087), and the dumps
 * of arguments: vLLM’s “non-default args: {…}”, SGLang’s “server_args=ServerArgs(…)”.
 */

import { canonicalArgument } from '#analysis/knobs/spelling.ts'
import type { EngineName } from '#formats/deployment.ts'
import type { EngineKnobs } from '#formats/engine-knobs.ts'
import { type DeploymentPart, record, type Scalar } from './deployment-part.ts'
import { flatten } from './flatten.ts'
import { pythonKeywords, pythonValue } from './python-literal.ts'

/** Key of `resolved`, pattern, and its value where it is not what the first group holds. A later line counts more. */
const lines: readonly (readonly [string, RegExp, Scalar?])[] = [
  ['attention_backend', /Using (?:AttentionBackendEnum\.)?([A-Z][A-Z0-9_]{3,}) (?:attention )?backend\b/],
  ['attention_backend', /Using Flash Attention backend/, 'FLASH_ATTN'],
  ['attention_backend', /Using FlashInfer backend/, 'FLASHINFER'],
  ['attention_backend', /Using Triton(?: Attention)? backend/, 'TRITON_ATTN'],
  ['flash_attn_version', /Using FlashAttention version (\d)/],
  ['moe_backend', /Using '?([A-Za-z0-9_]+)'? (?:\w+ )?MoE backend\b/],
  ['moe_config', /Using default MoE config\. Performance might be sub-optimal/, 'default'],
  ['moe_config', /Using configuration from \S+ for MoE layer/, 'tuned'],
  ['block_fp8_config', /Using default W8A8 Block FP8 kernel config/, 'default'],
  ['cudagraph_mode', /[Oo]verriding cudagraph_mode.*?\b(?:to|with)\s+(?:CUDAGraphMode\.)?([A-Z_]+)/],
  ['kv_cache_tokens', /GPU KV cache size: ([\d,]+) tokens/],
  ['custom_fusions', /Enabled custom fusions: (.+?)\s*$/],
  ['all_reduce_backends', /Using (\[[^\]]*\]) all-reduce backends/],
  ['custom_all_reduce', /Custom all-?reduce is disabled/i, false],
  ['runner_v2', /Using V2 Model Runner/, true],
  ['async_scheduling', /Asynchronous scheduling is enabled/, true],
  ['async_scheduling', /Asynchronous scheduling is disabled/, false],
]

const versions: readonly (readonly [RegExp, EngineName])[] = [
  [/vLLM API server version (\S+)/, 'vllm'],
  [/Initializing a V1 LLM engine \(v(\S+?)\)/, 'vllm'],
  [/TensorRT-LLM version: (\S+)/, 'tensorrt-llm'],
]

const dumps = /non-default args: (?=\{)|server_args=ServerArgs\(/

export const looksLikeLog = (text: string): boolean =>
  dumps.test(text) || versions.some(([pattern]) => pattern.test(text)) || lines.filter(([, pattern]) => pattern.test(text)).length >= 2

/** @returns undefined where no line is known. */
export function readLog(text: string, source: string, knobs: EngineKnobs): DeploymentPart | undefined {
  const resolved = new Map<string, Scalar>()
  let engine: EngineName | undefined
  let version: string | undefined
  let given: Record<string, Scalar> = {}
  for (const line of text.split('\n')) {
    for (const [key, pattern, value] of lines) {
      const match = pattern.exec(line)
      if (match !== null) resolved.set(key, value ?? typed(key, match[1] ?? ''))
    }
    for (const [pattern, name] of versions) {
      const match = pattern.exec(line)
      if (match?.[1] === undefined) continue
      engine = name
      version = match[1].replace(/[,)]$/, '')
    }
    const dump = dumps.exec(line)
    if (dump === null) continue
    engine = dump[0].startsWith('non') ? 'vllm' : 'sglang'
    given = dumped(line, dump.index + dump[0].length, engine, knobs)
  }
  const fusions = resolved.get('custom_fusions')
  if (typeof fusions === 'string') resolved.set('fuse_allreduce_rms', /\ballreduce_rms\b|fuse_allreduce_rms/.test(fusions))
  if (resolved.size === 0 && engine === undefined) return undefined
  // Only vLLM prints these lines.
  engine ??= 'vllm'
  return {
    kind: 'log',
    source,
    engine: { name: engine, ...(version === undefined ? {} : { version }) },
    ...(Object.keys(given).length === 0 ? {} : { arguments: given, environment: {} }),
    resolved: record(resolved),
  }
}

const typed = (key: string, text: string): Scalar =>
  key === 'kv_cache_tokens' || key === 'flash_attn_version' ? Number(text.replaceAll(',', '')) : text

/** None is “not set”. SGLang prints every argument with its default: they are what is in force. */
function dumped(line: string, at: number, engine: EngineName, knobs: EngineKnobs): Record<string, Scalar> {
  const values = engine === 'vllm' ? pythonValue(line, at) : record(pythonKeywords(line, at))
  const entries = [...flatten(values, '')].map(([key, value]) => [canonicalArgument(key, engine, knobs), value] as const)
  return record(entries.filter(([key]) => key !== ''))
}
