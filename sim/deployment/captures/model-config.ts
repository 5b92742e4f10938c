/** The config.json of a checkpoint on Hugging Face. */
import type { Deployment } from '#sim/deployment/deployment.ts'

export function modelConfigText({ file }: Deployment): string {
  const model = file.model ?? {}
  const quantized =
    model.weightType === undefined || model.weightType === 'bf16' ? {} : { quantization_config: { quant_method: model.weightType } }
  const experts = (model.experts ?? 0) === 0 ? {} : { num_experts: model.experts, num_experts_per_tok: model.activeExperts }
  const config = {
    architectures: [model.architecture ?? 'LlamaForCausalLM'],
    hidden_size: model.hiddenSize,
    num_hidden_layers: model.layers,
    num_attention_heads: model.attentionHeads,
    num_key_value_heads: model.kvHeads,
    vocab_size: model.vocabularySize,
    torch_dtype: 'bfloat16',
    ...experts,
    ...quantized,
  }
  return `${JSON.stringify(config, undefined, 2)}\n`
}
