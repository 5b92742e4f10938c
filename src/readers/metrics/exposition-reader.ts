/** Dumps of metrics endpoints (`curl …/metrics`): DCGM exporter, vLLM, SGLang, anything else in these formats. */
import { SextantError } from '#base/errors.ts'
import type { Capability, Capture, Loss } from '#model/capture.ts'
import type { MetricSamples } from '#model/metric-samples.ts'
import type { Detection, Probe, Reader, ReadResult } from '#model/reader.ts'
import { eachLine } from '#readers/json/line-source.ts'
import { outlineOf } from '#readers/json/outline.ts'
import { ExpositionScanner } from './exposition-scanner.ts'

const SAMPLE =
  /^(?:[a-zA-Z_:][\w:]*[ \t]*(?:\{[^\n]*\})?|\{"[^\n]*\})[ \t]*[ \t}]?[ \t]*[-+]?(?:\d|\.\d|inf|nan)[\w.+-]*(?:[ \t]+-?\d[\d.e+]*)?[ \t]*(?:#[^\n]*)?$/i
const DECLARATION = /^#\s*(?:HELP|TYPE|UNIT)\s+\S+/
/** Exporters whose dumps people filter with grep, which drops the declarations. */
const KNOWN_PREFIX = /^(?:DCGM_|dcgm_|vllm:|vllm_|sglang:|sglang_|nv_|trtllm_|process_|python_)/
/** Enough lines to tell; a head of 64 KiB has about 400. */
const LINES = 200
/** Foreign lines (a shell prompt, a banner) among samples. */
const MOST_FOREIGN_RATIO = 0.1

export function looksLikeExposition(text: string): boolean {
  const lines = text.split('\n', LINES)
  // The last line is whole only where the text ends.
  if (lines.length > 1 && text.length >= 60_000) lines.pop()
  let declarations = 0
  let samples = 0
  let known = 0
  let foreign = 0
  for (const raw of lines) {
    // A run of spaces is one: where every part of the pattern may take some of it, thousands of them are tried in cubic time.
    const line = raw.trim().replace(/[ \t]+/g, ' ')
    if (line === '') continue
    if (line.startsWith('#')) {
      if (DECLARATION.test(line)) declarations++
    } else if (SAMPLE.test(line)) {
      samples++
      if (KNOWN_PREFIX.test(line)) known++
    } else foreign++
  }
  const isDeclared = declarations > 0 || (known > 0 && known >= samples / 2)
  return isDeclared && samples > 0 && foreign <= (samples + foreign) * MOST_FOREIGN_RATIO
}

const absent: Capability = { state: 'absent', reason: 'a dump of a metrics endpoint holds counters and gauges, no timeline' }

export function metricsCapture(kind: string, name: string, metricSamples: MetricSamples, losses: readonly Loss[]): ReadResult {
  const { timeNs, originNs } = metricSamples
  const capture: Capture = {
    kind,
    tool: { name },
    clock: {
      originNs: originNs ?? '0',
      epoch: originNs === undefined ? 'unknown' : 'utc',
      resolutionNs: metricSamples.dialect === 'prometheus' ? 1_000_000 : 1,
      ...(timeNs === undefined ? { note: 'samples carry no time: when they were taken is not in the file' } : {}),
    },
    devices: [],
    capabilities: {
      kernels: absent,
      copies: absent,
      'host-calls': absent,
      ranges: absent,
      'os-calls': absent,
      'kernel-statistics': absent,
    },
    metricSamples,
    graphMode: 'unknown',
    diagnostics: [],
    facts: {},
    inventory: {
      samples: metricSamples.length,
      families: metricSamples.families.length,
      names: metricSamples.names.length,
      'label-sets': metricSamples.labelTexts.length,
    },
  }
  return { capture, losses }
}

function detect(probe: Probe): Detection | undefined {
  if (probe.isDirectory || probe.text.length === 0) return undefined
  const outline = outlineOf(probe)
  // `{"quoted.name"} 1` is the one sample that begins like JSON.
  const text = outline.text
  if (outline.kind !== 'none' && !/^\{"[^"\n]*"[^\n]*\}\s/.test(text)) return undefined
  return looksLikeExposition(text) ? { title: /^# EOF\s*$/m.test(text) ? 'OpenMetrics text' : 'Prometheus text exposition' } : undefined
}

export const expositionReader: Reader = {
  kind: 'metrics-text',
  title: 'Dump of a metrics endpoint: Prometheus text exposition or OpenMetrics',
  spec: 'https://prometheus.io/docs/instrumenting/exposition_formats/',
  version: 1,
  detect,
  async read(source, options) {
    const scanner = new ExpositionScanner()
    eachLine(source, options, (bytes, from, to) => scanner.line(bytes, from, to))
    const samples = scanner.finish()
    if (samples.length === 0) {
      throw new SextantError(
        'missing_data',
        `${source.name} holds no sample.`,
        'Dump the endpoint again: curl -s http://HOST:PORT/metrics',
        {
          losses: scanner.losses.list().map(({ code }) => code),
        },
      )
    }
    return metricsCapture('metrics-text', 'metrics endpoint', samples, scanner.losses.list())
  },
}
