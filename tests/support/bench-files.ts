/** Small results of load generators as their tools write them (facts/bench-results.md), for tests that change one thing. */

export function vllmResult(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    date: '20260214-101500',
    endpoint_type: 'vllm',
    label: null,
    model_id: 'm',
    tokenizer_id: 'm',
    num_prompts: 400,
    request_rate: 'inf',
    burstiness: 1,
    max_concurrency: 16,
    duration: 100,
    completed: 400,
    total_input_tokens: 400_000,
    total_output_tokens: 50_000,
    request_throughput: 4,
    request_goodput: null,
    output_throughput: 500,
    total_token_throughput: 4500,
    mean_ttft_ms: 190,
    median_ttft_ms: 180,
    p99_ttft_ms: 300,
    mean_tpot_ms: 31,
    median_tpot_ms: 30,
    p99_tpot_ms: 40,
    mean_itl_ms: 33,
    median_itl_ms: 32,
    p99_itl_ms: 60,
    ...changes,
  }
}

export function aiperfLine(changes: { metadata?: object; metrics?: object; error?: unknown } = {}): string {
  return JSON.stringify({
    metadata: {
      session_num: 0,
      x_request_id: 'r',
      request_start_ns: 0,
      request_end_ns: 0,
      benchmark_phase: 'profiling',
      was_cancelled: false,
      ...changes.metadata,
    },
    metrics: {
      time_to_first_token: { value: 30.5, unit: 'ms' },
      inter_chunk_latency: { value: [10.000001, 20.5], unit: 'ms' },
      output_sequence_length: { value: 3, unit: 'tokens' },
      ...changes.metrics,
    },
    error: changes.error ?? null,
  })
}

/** JSON cannot hold the digits: they are put in as text. */
export function withEpoch(line: string, startNs: string, endNs: string): string {
  return line.replace('"request_start_ns":0', `"request_start_ns":${startNs}`).replace('"request_end_ns":0', `"request_end_ns":${endNs}`)
}

const distribution = (mean: number, percentiles: object = {}) => ({
  mean,
  median: mean,
  std_dev: 1,
  count: 500,
  total_sum: mean * 500,
  percentiles,
})

export function guidellmResult(percentiles: object = {}): Record<string, unknown> {
  const outcome = (value: number) => ({
    successful: distribution(value, percentiles),
    errored: distribution(0),
    incomplete: distribution(0),
  })
  return {
    metadata: { version: 2, guidellm_version: '0.6.0' },
    config: { model: 'm' },
    benchmarks: [
      {
        type_: 'generative_benchmark',
        config: { strategy: { type_: 'concurrent', streams: 8 } },
        scheduler_metrics: {
          start_time: 1771063000,
          measure_start_time: 1771063005.25,
          measure_end_time: 1771063065,
          requests_made: { successful: 500, errored: 3, incomplete: 1, total: 504 },
        },
        metrics: {
          requests_per_second: outcome(5),
          output_tokens_per_second: outcome(640),
          tokens_per_second: outcome(5000),
          request_latency: outcome(2.5),
          time_to_first_token_ms: outcome(120),
          time_per_output_token_ms: outcome(19),
          inter_token_latency_ms: outcome(18),
        },
        requests: { successful: [{ body: 'x'.repeat(100) }] },
        duration: 60,
      },
    ],
  }
}

export function inferencePerfResult(load: object = {}): Record<string, unknown> {
  const seconds = (value: number) => ({ mean: value, min: value / 2, median: value, p99: value * 2, 'p99.9': value * 3, max: value * 4 })
  return {
    load_summary: { count: 1000, schedule_delay: { mean: 0.0001, p99: 0.001 }, requested_rate: 10, achieved_rate: 9.99, ...load },
    successes: {
      count: 990,
      latency: {
        request_latency: seconds(1.7),
        normalized_time_per_output_token: seconds(0.027),
        time_per_output_token: seconds(0.012),
        time_to_first_token: seconds(0.146),
        inter_token_latency: seconds(0.0119),
      },
      throughput: { output_tokens_per_sec: 6955, requests_per_sec: 9.9 },
    },
    failures: { count: 10, request_latency: seconds(30) },
  }
}

export const servingLog = `INFO 02-14 loader.py:12 Starting
============ Serving Benchmark Result ============
Successful requests:                     400
Failed requests:                         2
Maximum request concurrency:             16
Benchmark duration (s):                  100.00
Total input tokens:                      400000
Total generated tokens:                  50000
Request throughput (req/s):              4.00
Output token throughput (tok/s):         500.00
Total Token throughput (tok/s):          4500.00
---------------Time to First Token----------------
Mean TTFT (ms):                          190.00
Median TTFT (ms):                        180.00
P95 TTFT (ms):                           280.00
P99 TTFT (ms):                           300.00
-----Time per Output Token (excl. 1st token)------
Mean TPOT (ms):                          31.00
P99 TPOT (ms):                           40.00
---------------Inter-token Latency----------------
Mean ITL (ms):                           33.00
Median ITL (ms):                         32.00
P99 ITL (ms):                            60.00
==================================================
`
