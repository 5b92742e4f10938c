import { resolve } from 'node:path'
import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { type DecodeBudget, decodeBudgetSchema } from '#formats/decode-budget.ts'
import { authorizationOf } from '#pipeline/drive/run-drive.ts'
import { liveBudget } from '#pipeline/live/live-budget.ts'
import type { LiveOptions } from '#pipeline/live/live-options.ts'
import { openStreamDriver } from '#pipeline/live/stream-driver.ts'
import { parseEndpoint } from '#sources/driver/endpoint.ts'
import { engineKinds } from '#sources/engine/engine-profiler.ts'
import { type CommandContext, defineCommand } from './define-command.ts'
import { askContext } from './framework/capture-input.ts'
import { limitInput } from './framework/limit.ts'
import { version } from './framework/version.ts'
import { decodeBudgetText } from './text/decode-budget-text.ts'

const input = z.object({
  url: z.string().describe('Engine with a profiler: http://127.0.0.1:8000'),
  traceDir: z.string().optional().describe('Needed: folder that the engine writes its traces to, as this machine sees it'),
  backEnd: z.enum(['torch', 'cuda']).default('torch').describe('What the engine’s profiler is; cuda means that it runs under nsys'),
  engine: z.enum(engineKinds).optional().describe('Whose routes the engine has (default: asked of it)'),
  model: z.string().optional().describe('Model to ask for (default: the one that is served)'),
  api: z.enum(['chat', 'completions']).optional().describe('Route to drive (default: the one in the URL, else chat)'),
  windowS: z.number().positive().max(60).default(2).describe('How long the profiler’s window is open'),
  outputTokens: z.int().min(32).default(256).describe('Tokens of each clean round'),
  rounds: z.int().min(1).max(100).default(3).describe('Clean rounds without a profiler, before the profiled one'),
  startAllowanceS: z
    .number()
    .min(0)
    .max(120)
    .default(3)
    .describe('How long the profiler may take to start: the profiled stream outlives it'),
  settleS: z.number().positive().max(60).default(1).describe('A trace that has not changed for so long may be whole'),
  traceTimeoutS: z.number().positive().max(3600).default(300).describe('How long the trace may take'),
  tokensPerStep: z.number().positive().optional().describe('Tokens per step and sequence (default: as the stream brings them)'),
  apiKeyEnv: z.string().optional().describe('Environment variable that holds the key'),
  slowClientMs: z.number().min(0).max(50).default(0).describe('Burn this much of every 50 ms in the client, to see it refused'),
  dryRun: z.boolean().default(false).describe('Say what would be done, and ask the engine nothing'),
  limit: limitInput,
})
type LiveInput = z.output<typeof input>

function optionsOf(context: CommandContext, given: LiveInput): LiveOptions {
  if (given.traceDir === undefined) {
    throw new SextantError(
      'usage',
      'where the engine writes its traces is not said',
      'Name the folder with --trace-dir: torch_profiler_dir of vLLM, where nsys writes, or any folder that a SGLang on this machine can write to.',
    )
  }
  const { url, api, model, engine, tokensPerStep, apiKeyEnv, outputTokens, slowClientMs } = given
  const { origin, prefix } = parseEndpoint(url, api)
  const { signal } = context
  const host = { env: context.env, version, ...(signal === undefined ? {} : { signal }) }
  const key = apiKeyEnv === undefined ? {} : { apiKeyEnv }
  const authorization = authorizationOf(key, host)
  const chosen = { ...(api === undefined ? {} : { api }), ...(model === undefined ? {} : { model }), ...key }
  return {
    address: { base: `${origin}${prefix}`, ...(authorization === undefined ? {} : { authorization }) },
    ...(engine === undefined ? {} : { engine }),
    backEnd: given.backEnd,
    traceDir: resolve(context.cwd, context.path(given.traceDir)),
    windowNs: given.windowS * 1e9,
    startAllowanceNs: given.startAllowanceS * 1e9,
    outputTokens,
    rounds: given.rounds,
    settleMs: given.settleS * 1000,
    traceTimeoutMs: given.traceTimeoutS * 1000,
    ...(tokensPerStep === undefined ? {} : { tokensPerStep }),
    ...(signal === undefined ? {} : { signal }),
    progress: (note) => context.progress?.({ done: 0, note }),
    openDriver: () => openStreamDriver({ url, stallTimeoutS: 60, slowClientMs, ...chosen }, host, outputTokens),
    asking: askContext(context, false),
  }
}

function rehearsed({ url, api, windowS, rounds, outputTokens, backEnd }: LiveInput): DecodeBudget {
  const { origin } = parseEndpoint(url, api)
  const plan = `it would drive ${rounds} clean rounds of ${outputTokens} tokens at ${origin}, then open its ${backEnd} profiler for ${windowS} s under one more stream`
  const overall = { class: 'unknown' as const, measuredDevices: 0, unknownDevices: 0 }
  const unknown = { code: 'live-window-refused' as const, reason: `a rehearsal: ${plan}`, settledBy: 'Run it without --dry-run.' }
  const next = { lever: 'none: nothing was measured', expectedUnlock: 'unknown', gate: 'Run it without --dry-run.' }
  return { schema: 'decode-budget/1', sources: [], captures: [], devices: [], overall, unknowns: [unknown], next }
}

export const command = defineCommand({
  name: 'decode-budget live',
  summary: 'The decode budget of an engine that serves: a clean stream driven, its profiler’s window opened and closed, its trace gated',
  effect: 'submits_jobs',
  positional: ['url'],
  input,
  output: decodeBudgetSchema,
  examples: [
    { title: 'what would be done to an engine that serves', args: ['http://127.0.0.1:8000', '--trace-dir', 'traces', '--dry-run'] },
  ],
  reachesOutside: ({ url, api }) => !parseEndpoint(url, api).isLoopback,
  run: (context, given) => (given.dryRun ? Promise.resolve(rehearsed(given)) : liveBudget(optionsOf(context, given))),
  render: decodeBudgetText,
  exitCode: ({ live }) => (live?.state === 'refused' ? 1 : 0),
})
