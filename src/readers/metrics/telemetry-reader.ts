/**
 * AIPerf's `gpu_telemetry_export.jsonl`: what it scraped from DCGM, one GPU a line, in its own units. facts/bench-results.md section 2.
 * Epoch nanoseconds stay exact (trap F14).
 */
import { SextantError } from '#base/errors.ts'
import { pairsOf } from '#model/label-pairs.ts'
import { labelText, type MetricSamples } from '#model/metric-samples.ts'
import type { Reader } from '#model/reader.ts'
import { isObject } from '#readers/json/leaves.ts'
import { eachLine } from '#readers/json/line-source.ts'
import { hasKeys, outlineOf } from '#readers/json/outline.ts'
import { LossCounter } from '#readers/nsys/losses.ts'
import { metricsCapture } from './exposition-reader.ts'

/** As AIPerf's own summary states them: it rescales DCGM's mJ and MiB. */
const units: Readonly<Record<string, string>> = {
  gpu_power_usage: 'W',
  energy_consumption: 'MJ',
  gpu_utilization: '%',
  gpu_memory_used: 'GB',
  gpu_memory_free: 'GB',
  gpu_memory_total: 'GB',
  sm_clock_frequency: 'MHz',
  memory_clock_frequency: 'MHz',
  memory_temperature: '°C',
  gpu_temperature: '°C',
  memory_copy_utilization: '%',
  power_management_limit: 'W',
  xid_errors: 'count',
}

const labelKeys = ['gpu_index', 'gpu_uuid', 'gpu_model_name', 'pci_bus_id', 'device', 'hostname', 'dcgm_url'] as const
const PREFIX = 'aiperf:'

class Telemetry {
  readonly losses = new LossCounter()
  readonly #names = new Map<string, number>()
  readonly #labels = new Map<string, number>()
  readonly #rows: { name: number; labels: number; value: number; timeNs: number }[] = []
  #originNs: bigint | undefined

  line(bytes: Buffer, from: number, to: number): void {
    const text = bytes.toString('utf8', from, to)
    if (text.trim() === '') return
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      parsed = undefined
    }
    // The parsed number is rounded to 256 ns: the text is not.
    const stamp = /"timestamp_ns"\s*:\s*(\d{1,19})\b/.exec(text)?.[1]
    if (!isObject(parsed) || !isObject(parsed['telemetry_data']) || stamp === undefined) {
      this.losses.add('malformed-lines', 1, 'lines that are no sample of a GPU')
      return
    }
    this.#originNs ??= BigInt(stamp)
    const timeNs = Number(BigInt(stamp) - this.#originNs)
    const labels = idOf(this.#labels, labelsOf(parsed))
    for (const [name, value] of Object.entries(parsed['telemetry_data'])) {
      if (typeof value === 'number') this.#rows.push({ name: idOf(this.#names, PREFIX + name), labels, value, timeNs })
    }
  }

  finish(): MetricSamples {
    const names = [...this.#names.keys()]
    const labelTexts = [...this.#labels.keys()]
    return {
      dialect: 'aiperf-telemetry',
      families: names.map((name) => {
        const unit = units[name.slice(PREFIX.length)]
        return unit === undefined ? { name } : { name, unit }
      }),
      names,
      labelTexts,
      labelPairs: pairsOf(labelTexts),
      length: this.#rows.length,
      name: Uint32Array.from(this.#rows, ({ name }) => name),
      labels: Uint32Array.from(this.#rows, ({ labels }) => labels),
      value: Float64Array.from(this.#rows, ({ value }) => value),
      timeNs: Float64Array.from(this.#rows, ({ timeNs }) => timeNs),
      originNs: String(this.#originNs ?? 0n),
      exemplars: 0,
    }
  }
}

function labelsOf(line: Readonly<Record<string, unknown>>): string {
  const given = labelKeys.flatMap((key) => (line[key] === null || line[key] === undefined ? [] : [[key, String(line[key])] as const]))
  return labelText(Object.fromEntries(given))
}

function idOf(ids: Map<string, number>, text: string): number {
  let id = ids.get(text)
  if (id === undefined) {
    id = ids.size
    ids.set(text, id)
  }
  return id
}

export const telemetryReader: Reader = {
  kind: 'aiperf-telemetry',
  title: 'AIPerf GPU telemetry (JSON lines)',
  spec: 'https://github.com/ai-dynamo/aiperf',
  version: 1,
  detect(probe) {
    const outline = outlineOf(probe)
    const isTelemetry = outline.kind === 'object' && hasKeys(outline, 'timestamp_ns', 'telemetry_data', 'gpu_uuid')
    return isTelemetry ? { title: 'AIPerf GPU telemetry' } : undefined
  },
  async read(source, options) {
    const telemetry = new Telemetry()
    eachLine(source, options, (bytes, from, to) => telemetry.line(bytes, from, to))
    const samples = telemetry.finish()
    if (samples.length === 0)
      throw new SextantError('missing_data', `${source.name} holds no sample of a GPU.`, 'Run AIPerf with --gpu-telemetry again.')
    return metricsCapture('aiperf-telemetry', 'AIPerf', samples, telemetry.losses.list())
  },
}
