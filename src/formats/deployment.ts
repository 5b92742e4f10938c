/** `deployment/1`: what is served, by which engine, with which arguments, on what. Nothing is filled in: what is absent is not known. */
import * as z from 'zod'
import { krhpaSchema } from './krhpa.ts'

/** `L35` */
const leverId = z.string().regex(/^L\d{2}$/)

export const engines = ['vllm', 'sglang', 'tensorrt-llm'] as const
export const engineSchema = z.enum(engines)
export type EngineName = z.infer<typeof engineSchema>

const count = z.int().positive()

export const modelSchema = z.strictObject({
  name: z.exactOptional(z.string().describe('As served; the Hugging Face path where known')),
  architecture: z.exactOptional(z.string().describe('First of `architectures` in config.json')),
  layers: z.exactOptional(count),
  hiddenSize: z.exactOptional(count),
  attentionHeads: z.exactOptional(count),
  kvHeads: z.exactOptional(count),
  vocabularySize: z.exactOptional(count),
  experts: z.exactOptional(z.int().nonnegative().describe('Routed experts; 0 = dense')),
  activeExperts: z.exactOptional(count),
  latentAttention: z.exactOptional(z.boolean().describe('MLA')),
  weightType: z.exactOptional(z.string().describe('bf16, fp8, nvfp4, int4…')),
  draftLayers: z.exactOptional(z.int().nonnegative().describe('Multi-token-prediction layers in the checkpoint')),
})
export type Model = z.infer<typeof modelSchema>

export const deploymentSchema = z.strictObject({
  schema: z.literal('deployment/1'),
  engine: z.strictObject({
    name: engineSchema,
    version: z.exactOptional(z.string()),
    commit: z.exactOptional(z.string()),
    repo: z.exactOptional(z.string()),
    delivery: z.exactOptional(z.enum(['config', 'image', 'overlay', 'patchset-initcontainer', 'patchedVllm', 'infr-patch'])),
    image: z.exactOptional(z.string()),
  }),
  arguments: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .describe('Of the launch, without leading dashes: max-num-seqs; nested JSON dotted: compilation-config.cudagraph_mode'),
  environment: z.record(z.string(), z.string()),
  resolved: z
    .exactOptional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])))
    .describe('What the engine’s log says it settled on: attention_backend, moe_backend, cudagraph_mode, async_scheduling, runner…'),
  launch: z.exactOptional(
    z
      .strictObject({
        program: z.array(z.string()).min(1).describe('Before the arguments: vllm serve MODEL, each word apart; no shell'),
        url: z.url().describe('Where it answers'),
      })
      .describe('How a trial starts an arm; absent: somebody starts it'),
  ),
  model: z.exactOptional(modelSchema),
  hardware: z.exactOptional(
    z.strictObject({
      key: z.exactOptional(z.string().describe('Of configs/sol-ceilings.yaml')),
      gpu: z.exactOptional(z.string().describe('As a tool names it')),
      gpus: z.exactOptional(count.describe('Of one replica')),
      usdPerGpuHour: z.exactOptional(z.number().positive()),
      node: z.exactOptional(z.string().describe('Where it runs: both arms of a trial must')),
      gpuUuids: z.exactOptional(z.array(z.string())),
    }),
  ),
  workload: z.exactOptional(
    z.strictObject({
      dataset: z.exactOptional(z.string()),
      inputTokens: z.exactOptional(z.number().positive()),
      outputTokens: z.exactOptional(z.number().positive()),
      concurrency: z.exactOptional(z.number().positive()),
      sharedPrefixTokens: z.exactOptional(z.number().nonnegative()),
      reuseRatio: z.exactOptional(z.number().min(0).max(1).describe('Prompt tokens that an ideal prefix cache would have had')),
    }),
  ),
  krhpa: z
    .exactOptional(z.array(z.strictObject({ lever: leverId, ...krhpaSchema.shape })))
    .describe('Coordinates of kernel levers, as people gave them: the candidate and the kernel that serves in production'),
})
export type DeploymentFile = z.infer<typeof deploymentSchema>
