/** What each figure of a drive result means, in words; they travel with the figures (facts/bench-results.md section 8). */
import type { DriveCell } from '#formats/drive-result.ts'

const latencies: Readonly<Record<string, string>> = {
  'ttft first-chunk': 'sending to the first event with a choice, even with empty text (vllm bench)',
  'ttft first-content': 'sending to the first event with text, reasoning or a tool call (AIPerf)',
  'time-to-first-output-token first-output-content': 'sending to the first event with text that is no reasoning (AIPerf TTFO)',
  'ttft-with-queue first-content': 'scheduled time to the first event with text: what a user of that load waits',
  'e2el until-last-token-chunk': 'sending to the last event with a choice (vllm bench)',
  'e2el until-last-content': 'sending to the last event with text (AIPerf)',
  'e2el until-stream-close': 'sending to the end of the response (guidellm)',
  'e2el-with-queue until-last-content': 'scheduled time to the last event with text',
  'itl chunk-gap': 'gaps between events with choices, pooled over all requests (vllm bench): one event may hold several tokens',
  'itl content-gap': 'gaps between events with text, pooled over all requests: an empty event at the end is no token',
  'itl request-mean-without-first-token-weighted':
    'mean gap per token of each request, (last content - first content) / (tokens - 1), each request weighing its tokens (guidellm)',
  'tpot request-mean-without-first':
    '(last content - first content) / (tokens - 1) of each request, requests weighing equally (AIPerf ITL)',
  'schedule-delay behind-schedule':
    'sending minus scheduled time; of a closed loop, minus the moment in which the slot became free: what the client itself adds',
}

const others: Readonly<Record<string, string>> = {
  'rate per deployment': 'count of completed requests by the window from the first sending to the last content (AIPerf), warm-up excluded',
  'rate per user': 'mean over requests of 1 / TPOT: decoding only',
  tokens: "the server's usage; never counted from text",
  sending: 'right before the request is handed to its connection; a connection that must be opened first counts',
  stamp: 'the moment in which bytes reach the program, taken before they are parsed; monotonic clock, tied to UTC at the start of the run',
  goodput: 'completed requests within every limit; of an open loop counted from the scheduled time',
}

export function definitionsOf(cells: readonly Pick<DriveCell, 'latencies'>[]): Record<string, string> {
  const used = [...new Set(cells.flatMap((cell) => cell.latencies.map(({ quantity, definition }) => `${quantity} ${definition}`)))].sort()
  return { ...Object.fromEntries(used.map((key) => [key, latencies[key] ?? 'as the name says'])), ...others }
}
