/** Hugging Face `config.json`: what a model is. https://huggingface.co/docs/transformers/main_classes/configuration */
import type { Model } from '#formats/deployment.ts'
import type { DeploymentPart } from './deployment-part.ts'

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** By keys that only a model’s configuration has. */
export function looksLikeModel(value: unknown): value is Fields {
  return (
    isFields(value) && (Array.isArray(value['architectures']) || typeof value['model_type'] === 'string') && languageOf(value) !== undefined
  )
}

/** Multimodal models keep the language model’s sizes one level below. */
function languageOf(config: Fields): Fields | undefined {
  if (typeof config['hidden_size'] === 'number' || typeof config['num_hidden_layers'] === 'number') return config
  for (const key of ['text_config', 'llm_config', 'language_config', 'thinker_config']) {
    const below = config[key]
    const inner = isFields(below) ? languageOf(below) : undefined
    if (inner !== undefined) return inner
  }
  return undefined
}

/** Names that models use for one thing, the commonest first. */
const sizes = {
  layers: ['num_hidden_layers', 'n_layer', 'num_layers'],
  hiddenSize: ['hidden_size', 'n_embd', 'd_model'],
  attentionHeads: ['num_attention_heads', 'n_head'],
  kvHeads: ['num_key_value_heads', 'num_kv_heads'],
  vocabularySize: ['vocab_size'],
  activeExperts: ['num_experts_per_tok', 'num_experts_per_token', 'moe_k', 'moe_topk', 'top_k_experts'],
} as const

export function readModel(config: Fields, source: string): DeploymentPart {
  const language = languageOf(config) ?? config
  const architectures = config['architectures']
  const architecture: unknown = Array.isArray(architectures) ? architectures[0] : undefined
  const name = config['_name_or_path']
  const weightType = weightTypeOf(config, language)
  const experts = expertsOf(config, language)
  const draftLayers = wholeNumber(language, ['num_nextn_predict_layers', 'mtp_num_hidden_layers', 'num_mtp_layers'], 0)
  const model: Model = {
    ...(typeof name === 'string' && name !== '' ? { name } : {}),
    ...(typeof architecture === 'string' ? { architecture } : {}),
    ...measured(language),
    ...(experts === undefined ? {} : { experts }),
    latentAttention: typeof language['kv_lora_rank'] === 'number',
    ...(weightType === undefined ? {} : { weightType }),
    ...(draftLayers === undefined ? {} : { draftLayers }),
  }
  return { kind: 'model', source, model }
}

function measured(language: Fields): Partial<Model> {
  const entries = Object.entries(sizes).flatMap(([field, keys]) => {
    const value = wholeNumber(language, keys, 1)
    return value === undefined ? [] : [[field, value] as const]
  })
  return Object.fromEntries(entries)
}

function wholeNumber(fields: Fields, keys: readonly string[], least: number): number | undefined {
  for (const key of keys) {
    const value = fields[key]
    if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value
  }
  return undefined
}

const expertKeys = ['n_routed_experts', 'num_local_experts', 'num_experts', 'moe_num_experts', 'num_moe_experts']

/** 0 = dense: only where nothing speaks of experts. A name that is not known here is no zero. */
function expertsOf(config: Fields, language: Fields): number | undefined {
  const counted = wholeNumber(language, expertKeys, 0)
  if (counted !== undefined) return counted
  const names = [...Object.keys(language), String(config['model_type'] ?? ''), JSON.stringify(config['architectures'] ?? '')]
  return names.some((name) => /expert|moe|mixtral/i.test(name)) ? undefined : 0
}

const plainTypes: Readonly<Record<string, string>> = { bfloat16: 'bf16', float16: 'fp16', float32: 'fp32', float8_e4m3fn: 'fp8' }

/** Of the weights: what a quantiser says, else the type of the checkpoint. */
function weightTypeOf(config: Fields, language: Fields): string | undefined {
  const quantised = config['quantization_config'] ?? language['quantization_config']
  if (isFields(quantised)) return quantisedType(quantised)
  for (const each of [language['torch_dtype'], language['dtype'], config['torch_dtype'], config['dtype']]) {
    if (typeof each === 'string') return plainTypes[each.replace(/^torch\./, '')]
  }
  return undefined
}

function quantisedType(config: Fields): string | undefined {
  const method = String(config['quant_method'] ?? config['quant_algo'] ?? '').toLowerCase()
  const bits = config['bits'] ?? config['w_bit']
  const algorithm = String(config['quant_algo'] ?? '').toLowerCase()
  const format = String(config['format'] ?? '').toLowerCase()
  if (algorithm.includes('nvfp4') || format.includes('nvfp4')) return 'nvfp4'
  if (method.includes('mxfp4') || format.includes('mxfp4')) return 'mxfp4'
  if (method.includes('fp8') || algorithm.includes('fp8')) return 'fp8'
  if (method === 'compressed-tensors') return compressedType(config)
  if ((method.startsWith('awq') || method.startsWith('gptq') || method === 'auto-round') && typeof bits === 'number') return `int${bits}`
  return undefined
}

function compressedType({ config_groups: groups }: Fields): string | undefined {
  const types = new Set<string>()
  for (const group of isFields(groups) ? Object.values(groups) : []) {
    const weights = isFields(group) ? group['weights'] : undefined
    if (isFields(weights)) types.add(`${weights['type'] === 'float' ? 'fp' : 'int'}${String(weights['num_bits'])}`)
  }
  const [type] = types
  return types.size === 1 ? type : undefined
}
