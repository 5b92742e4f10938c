/**
 * Samples into a running server by remote write (https://prometheus.io/docs/specs/prw/remote_write_spec/): protobuf in snappy, the latter
 * only as literals, which every decoder reads. Faster than text where there are millions of samples.
 */
import type { Service } from './service.ts'

export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>
  readonly timesMs: readonly number[]
  readonly values: readonly number[]
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  return [...bytes, rest]
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(content.length)]), content])
}

function text(number: number, value: string): Buffer {
  return field(number, Buffer.from(value, 'utf8'))
}

function sample(timeMs: number, value: number): Buffer {
  const double = Buffer.alloc(9)
  double[0] = (1 << 3) | 1
  double.writeDoubleLE(value, 1)
  return field(2, Buffer.concat([double, Buffer.from([2 << 3, ...varint(timeMs)])]))
}

function encoded({ labels, timesMs, values }: WrittenSeries): Buffer {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  const pairs = sorted.map(([name, value]) => field(1, Buffer.concat([text(1, name), text(2, value)])))
  return field(1, Buffer.concat([...pairs, ...timesMs.map((timeMs, at) => sample(timeMs, values[at] ?? Number.NaN))]))
}

/** One literal per 64 KiB (tag 61: two bytes of length). */
function snappy(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from(varint(bytes.length))]
  for (let at = 0; at < bytes.length; at += 65_536) {
    const part = bytes.subarray(at, at + 65_536)
    parts.push(Buffer.from([61 << 2, (part.length - 1) & 255, (part.length - 1) >> 8]), part)
  }
  return Buffer.concat(parts)
}

export async function remoteWrite(service: Service, series: readonly WrittenSeries[]): Promise<void> {
  const answer = await fetch(`${service.url}/api/v1/write`, {
    method: 'POST',
    headers: { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf', 'x-prometheus-remote-write-version': '0.1.0' },
    body: snappy(Buffer.concat(series.map(encoded))),
  })
  if (!answer.ok) throw new Error(`remote write: ${answer.status} ${await answer.text()}`)
}
