/** What `dcgm correlate` and `dcgm freeze` take: where samples come from, which window, which GPUs, which hardware. */
import * as z from 'zod'

export const dcgmInput = {
  url: z
    .string()
    .optional()
    .describe(
      'Prometheus or what speaks its API (default: SEXTANT_PROMETHEUS_URL); credentials come from SEXTANT_PROMETHEUS_… in the environment, never from here',
    ),
  responses: z.string().optional().describe('Folder with saved answers of the API, one file per query that --dry-run prints'),
  frozenYaml: z.string().optional().describe('A dcgm_frozen_v1 file, ours or another tool’s: no server is asked'),
  bench: z.string().optional().describe('Result of the benchmark whose window is measured, and whose tokens are counted'),
  benchCell: z.string().optional().describe('Its cell, where it holds several: id or concurrency'),
  capturedAt: z
    .enum(['start', 'end'])
    .optional()
    .describe('What captured_at of inference_perfbench_v1 is; without it the GPUs’ activity decides'),
  start: z.string().optional().describe('Of the window: ISO 8601 with zone, or seconds since 1970; wins over the benchmark’s'),
  end: z.string().optional().describe('Of the window'),
  hwKey: z.string().optional().describe('Key or name of the hardware (sextant ceilings); without it what the series name'),
  dtype: z
    .string()
    .optional()
    .describe('Type that the deployment multiplies in (fp8, nvfp4, bf16): tensor activity is then bounded for it'),
  table: z.string().optional().describe('Another file of ceilings in the same shape, instead of the shipped one'),
  expectedGpus: z.number().int().positive().optional().describe('GPUs of the deployment: another number is reported'),
  collectIntervalS: z.number().positive().optional().describe('The exporter’s --collect-interval; without it the values show it'),
  host: z.array(z.string()).optional().describe('Only GPUs of these hosts'),
  uuid: z.array(z.string()).optional().describe('Only these GPUs'),
  pod: z.array(z.string()).optional().describe('Only GPUs of these pods: regular expressions over the whole name'),
  namespace: z.array(z.string()).optional().describe('Only GPUs of pods in these namespaces'),
  podLabelSelector: z.string().optional().describe('Only GPUs of pods with these labels (kubectl’s syntax), through kube-state-metrics'),
  selector: z.string().optional().describe('Any other label of the series: k=v, k!=v, "k in (a,b)", k=~regex, joined by commas'),
  maxSeries: z.number().int().positive().optional().describe('More series than this are refused (default: 50000)'),
  serverKind: z
    .enum(['prometheus', 'victoriametrics', 'thanos', 'mimir'])
    .optional()
    .describe('Where a gateway hides which one it is (default: asked)'),
  acceptPartial: z.boolean().optional().describe('Thanos: answer although stores are missing, with a warning'),
  timeoutS: z.number().positive().optional().describe('For each request (default: 150)'),
  kernelsJson: z.string().optional().describe('kernels.json of the cell: shares of time, which distribute the total and rank nothing'),
  timeline: z.string().optional().describe('nsys or kineto capture of the same load: launches per kernel'),
  counters: z.array(z.string()).optional().describe('ncu reports of the same kernels: bytes and FLOPs per launch'),
  tracedTokens: z.number().positive().optional().describe('Output tokens made while the timeline was recorded: scales it to the window'),
  tracedSteps: z.number().positive().optional().describe('Steps in the timeline, with --window-steps'),
  windowSteps: z.number().positive().optional().describe('Steps in the measured window'),
} as const
