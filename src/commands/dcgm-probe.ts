import * as z from 'zod'
import { SextantError } from '#base/errors.ts'
import { dcgmProbeSchema } from '#formats/dcgm-probe.ts'
import { parseLabelSelector } from '#model/label-selector.ts'
import { instantMs } from '#pipeline/dcgm/instants.ts'
import { openServer } from '#pipeline/dcgm/open-server.ts'
import { type ProbeRequest, probeDcgm } from '#pipeline/dcgm/probe.ts'
import { probeRequests } from '#pipeline/dcgm/probe-rehearsal.ts'
import { defineCommand } from './define-command.ts'
import { dcgmProbeText } from './text/dcgm-probe-text.ts'

/** A thousand GPUs with every field that the table knows: what is larger was not meant. */
const MAX_SERIES = 50_000

const input = z.object({
  url: z
    .string()
    .optional()
    .describe(
      'Prometheus or what speaks its API (default: SEXTANT_PROMETHEUS_URL); credentials come from SEXTANT_PROMETHEUS_… in the environment, never from here',
    ),
  start: z.string().describe('Of the window: ISO 8601 with zone, or seconds since 1970'),
  end: z.string().describe('Of the window'),
  host: z.array(z.string()).default([]).describe('Only GPUs of these hosts'),
  uuid: z.array(z.string()).default([]).describe('Only these GPUs'),
  pod: z.array(z.string()).default([]).describe('Only GPUs of these pods: regular expressions over the whole name'),
  namespace: z.array(z.string()).default([]).describe('Only GPUs of pods in these namespaces'),
  podLabelSelector: z.string().optional().describe('Only GPUs of pods with these labels (kubectl’s syntax), through kube-state-metrics'),
  selector: z.string().optional().describe('Any other label of the series: k=v, k!=v, "k in (a,b)", k=~regex, joined by commas'),
  expectedGpus: z.number().int().positive().optional().describe('GPUs of the deployment: another number is reported'),
  maxSeries: z.number().int().positive().default(MAX_SERIES).describe('More series than this are refused'),
  serverKind: z
    .enum(['prometheus', 'victoriametrics', 'thanos', 'mimir'])
    .optional()
    .describe('Where a gateway hides which one it is (default: asked)'),
  acceptPartial: z.boolean().default(false).describe('Thanos: answer although stores are missing, with a warning'),
  timeoutS: z.number().positive().default(150).describe('For each request'),
  dryRun: z.boolean().default(false).describe('Print what would be asked, ask nothing'),
})

function requestOf(given: z.output<typeof input>): ProbeRequest {
  const window = { startMs: instantMs(given.start, '--start'), endMs: instantMs(given.end, '--end') }
  if (window.endMs <= window.startMs)
    throw new SextantError('usage', 'the window ends before it begins.', 'Give --start and --end in this order.')
  return {
    window,
    selection: {
      hosts: given.host,
      uuids: given.uuid,
      pods: given.pod,
      namespaces: given.namespace,
      requirements: given.selector === undefined ? [] : parseLabelSelector(given.selector),
    },
    podLabels: given.podLabelSelector === undefined ? [] : parseLabelSelector(given.podLabelSelector),
    expectedGpus: given.expectedGpus,
    maxSeries: given.maxSeries,
  }
}

export const command = defineCommand({
  name: 'dcgm probe',
  summary: 'What a server knows of a fleet’s GPUs in a window: DCGM metrics, names, labels, spacing, and which GPUs a selection means',
  effect: 'read_only',
  input,
  output: dcgmProbeSchema,
  examples: [
    {
      title: 'what would be asked for the pods of one deployment?',
      args: [
        '--url',
        'http://127.0.0.1:9090',
        '--start',
        '2026-03-01T00:15:00Z',
        '--end',
        '2026-03-01T02:15:00Z',
        '--pod-label-selector',
        'app=vllm',
        '--expected-gpus',
        '16',
        '--dry-run',
      ],
    },
  ],
  async run(context, given) {
    const request = requestOf(given)
    if (given.dryRun) return { schema: 'dcgm-probe/1' as const, sources: [], dryRun: true, requests: probeRequests(request) }
    const source = openServer(given, context.env)
    try {
      return { schema: 'dcgm-probe/1' as const, sources: [], dryRun: false, requests: [], found: await probeDcgm(source, request) }
    } finally {
      await source.close()
    }
  },
  render: dcgmProbeText,
})
