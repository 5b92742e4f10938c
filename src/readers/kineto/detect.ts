/** Is it a Chrome trace of the PyTorch profiler? By content: keys at the head, wherever `traceEvents` stands. */
import { constants, gunzipSync } from 'node:zlib'
import type { Detection, Probe } from '#model/reader.ts'
import { isProfilerCategory } from './categories.ts'

/** Written by kineto only (facts: kineto, section 1). One of them with the head of an object is enough. */
const KINETO_KEYS =
  /"deviceProperties"\s*:\s*\[\s*[\]{]|"baseTimeNanoseconds"\s*:\s*\d|"(?:cupti|cuda_runtime|cuda_driver|roctracer|hip_runtime)_version"\s*:\s*[\d"]/
const TRACE_KEY = /"traceEvents"\s*:\s*\[/
const PHASE = /"ph"\s*:\s*"[A-Za-z(]"/
/** What a probe shows of a text. */
const HEAD_BYTES = 65536
/** Compressed bytes looked at for the events behind a long preamble of log lines, and what they may grow to. */
const FURTHER_BYTES = 1024 * 1024
const FURTHER_LIMIT = 128 * 1024 * 1024
const COMPLETE = /"ph"\s*:\s*"X"/
/** Metadata of Chrome's own trace format, which XLA writes and kineto does not. */
const CATAPULT_KEY = /"highres-ticks"\s*:/
const EVENT_KEY = /"(?:ts|pid|cat|args)"\s*:/
const SCHEMA = /"schemaVersion"\s*:\s*"?(\d+)/
const RANK = /"distributedInfo"\s*:/

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Claims objects with `traceEvents` or kineto's own keys, and bare arrays of events. */
export function detectKineto(probe: Probe): Detection | undefined {
  if (probe.isDirectory) return undefined
  const text = latin(probe.text)
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
  const hasEvents = PHASE.test(text) && EVENT_KEY.test(text) && !isForeign(text)
  if (text.startsWith('[')) {
    return /^\[\s*\{/.test(text) && hasEvents ? { title: 'Chrome trace events (bare array)' } : undefined
  }
  if (!text.startsWith('{')) return undefined
  const isTrace = TRACE_KEY.test(text)
  if (!isTrace && probe.isGzip && text.length >= HEAD_BYTES && hasEventsFurtherOn(probe))
    return { title: 'PyTorch profiler (kineto) trace' }
  // The whole document is in sight, and there are no events: a summary of a trace, not a trace.
  if (!isTrace && text.length < HEAD_BYTES - 536 && text.trimEnd().endsWith('}')) return undefined
  const isKineto = KINETO_KEYS.test(text) || (SCHEMA.test(text) && RANK.test(text)) || (SCHEMA.test(text) && isTrace)
  if (!isKineto && !(isTrace && (hasEvents || isEmptyTrace(text))) && !hasLateEvents(probe, text)) return undefined
  const version = SCHEMA.exec(text)?.[1]
  return version === undefined
    ? { title: 'PyTorch profiler (kineto) trace' }
    : { title: `PyTorch profiler (kineto) trace, schema ${version}`, version }
}

/** Other tools write Chrome traces too (`cuda`, `nvtx-kernel`, browser categories): none of the categories in sight is the profiler's. */
function isForeign(text: string): boolean {
  const categories = Array.from(text.matchAll(/"cat"\s*:\s*"([^"]{0,64})"/g), (match) => match[1] ?? '')
  // TensorFlow and JAX write complete events without any category; kineto's carry one each.
  if (categories.length === 0) return COMPLETE.test(text) || CATAPULT_KEY.test(text)
  return !categories.some(isProfilerCategory)
}

function isEmptyTrace(text: string): boolean {
  return /"traceEvents"\s*:\s*\[\s*\]/.test(text)
}

/** A gzip shows no tail, so its beginning is decompressed further: the profiler's log lines can fill the head before the events. */
function hasEventsFurtherOn(probe: Probe): boolean {
  if (probe.access === undefined) return false
  let text: Buffer
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: FURTHER_LIMIT }
    text = gunzipSync(probe.access.read(0, FURTHER_BYTES), options)
  } catch {
    return false
  }
  const at = text.indexOf('"traceEvents"')
  const events = at < 0 ? '' : latin(text.subarray(at, at + HEAD_BYTES))
  return TRACE_KEY.test(events) && PHASE.test(events) && EVENT_KEY.test(events) && !isForeign(events)
}

/** A long foreign preamble (third parties prepend metadata): the tail of an uncompressed file then shows events and kineto's last keys. */
function hasLateEvents(probe: Probe, text: string): boolean {
  if (probe.isGzip) return text.length >= HEAD_BYTES && RANK.test(text)
  const tail = latin(probe.tail)
  if (isForeign(tail)) return false
  return (
    KINETO_KEYS.test(tail) ||
    (/"traceName"\s*:/.test(tail) && PHASE.test(tail)) ||
    (PHASE.test(tail) && EVENT_KEY.test(tail) && /"name"\s*:/.test(tail))
  )
}
