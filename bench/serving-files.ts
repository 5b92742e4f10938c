/** Big files of the sources beside traces: requests of load generators, and a dump of a metrics endpoint. Written once, in pieces. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Calls `line` until `isFull`; whole pieces are written, and the file has its name only when it is whole. */
function writeLines(path: string, isFull: (lines: number, bytes: number) => boolean, line: (index: number) => string): number {
  if (existsSync(path)) return statSync(path).size
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(`${path}.part`, 'w')
  let bytes = 0
  let piece = ''
  for (let index = 0; !isFull(index, bytes); index++) {
    const text = line(index)
    piece += text
    bytes += text.length
    if (piece.length > 1 << 20) {
      writeSync(file, piece)
      piece = ''
    }
  }
  writeSync(file, piece)
  closeSync(file)
  renameSync(`${path}.part`, path)
  return bytes
}

/** Requests of `drive_load`; returns bytes. */
export function writeLoadLines(path: string, lines: number): number {
  return writeLines(
    path,
    (count) => count === lines,
    (index) => {
      const started = (1771063000 + index * 0.0125).toFixed(6)
      const duration = (1 + ((index * 7919) % 4000) / 1000).toFixed(6)
      return `{"shape": "1k-1k", "model": "m", "started_at": ${started}, "duration_s": ${duration}, "http_status": 200, "prompt_tokens": ${1000 + (index % 64)}, "completion_tokens": ${900 + (index % 200)}, "error": null, "ttft_s": 0.${String(100000 + (index % 90000))}}\n`
    },
  )
}

/** AIPerf's `profile_export.jsonl`: 200 gaps a request, as its own export has. */
export function writeAiperfLines(path: string, megabytes: number): number {
  return writeLines(
    path,
    (_, bytes) => bytes >= megabytes * 1e6,
    (index) => {
      // Beyond 2^53: the digits are put in as text.
      const start = 1_762_551_534_797_067_827n + BigInt(index) * 12_500_001n
      const gaps = Array.from({ length: 200 }, (_, gap) => (18 + ((index * 31 + gap * 17) % 1000) / 250 + 0.000123).toFixed(6)).join(', ')
      return `{"metadata": {"session_num": ${index}, "x_request_id": "r-${index}", "request_start_ns": ${start}, "request_end_ns": ${start + 3_644_000_000n}, "worker_id": "worker_1", "benchmark_phase": "profiling", "was_cancelled": false}, "metrics": {"output_sequence_length": {"value": 200, "unit": "tokens"}, "time_to_first_token": {"value": ${(30 + (index % 50) / 7).toFixed(6)}, "unit": "ms"}, "request_latency": {"value": ${(3600 + (index % 90)).toFixed(6)}, "unit": "ms"}, "inter_chunk_latency": {"value": [${gaps}], "unit": "ms"}}, "error": null}\n`
    },
  )
}

/** A page of an endpoint with many series: gauges, counters and histograms of many engines and pods. */
export function writeExposition(path: string, megabytes: number): number {
  return writeLines(
    path,
    (_, bytes) => bytes >= megabytes * 1e6,
    (index) => {
      const labels = `engine="${index % 8}",model_name="meta-llama/Llama-3.1-70B-Instruct",pod="vllm-decode-${index}"`
      const head = index === 0 ? '# TYPE vllm:num_requests_running gauge\n# TYPE vllm:time_to_first_token_seconds histogram\n' : ''
      const buckets = ['0.001', '0.01', '0.1', '1.0', '10.0', '+Inf']
        .map((le, at) => `vllm:time_to_first_token_seconds_bucket{${labels},le="${le}"} ${(index % 50) * (at + 1)}.0\n`)
        .join('')
      return `${head}vllm:num_requests_running{${labels}} ${index % 64}.0\nvllm:generation_tokens_total{${labels}} ${index * 1357}.0\n${buckets}vllm:time_to_first_token_seconds_sum{${labels}} ${(index * 0.37).toFixed(4)}\nvllm:time_to_first_token_seconds_count{${labels}} ${(index % 50) * 6}.0\n`
    },
  )
}
