/** What the capture itself, and its reader, say about missing rows. */
import type { CoverageStatement } from '#formats/coverage.ts'
import type { Capture, Loss } from '#model/capture.ts'

/** Words for rows that did not reach the file. `Buffers … will be flushed` (nsys, normal) has none of them. */
const LOST =
  /\b(?:drop(?:s|ped)?|lost|los(?:e|es|ing)|overflow(?:s|ed)?|discard(?:s|ed)?|truncat(?:ed|ion)|not all\b.*\bcollected|out of memory)\b/i
/** nsys hedges: "Not all NVTX events might have been collected." */
const HEDGED = /\b(?:might|may|could|possibl[ey])\b/i
/** Sources that are not device rows, tried first: "CPU kernel IP/backtrace samples" speaks of another kernel. */
const OTHER_SOURCE = /\b(?:nvtx|cpu|os runtime|osrt|backtrace|callchain|sampl(?:es|ing)|python|metric)/i
const DEVICE_SOURCE = /\b(?:cuda|cupti|gpu|kernel|graph|device|activit|memcpy|memset|buffer)/i
/** CUPTI that could not start records nothing on the device: facts/nsys.md section 9 and 12. */
const DEVICE_BROKEN = /CUPTI_ERROR_\w+|No CUDA events collected|CUDA profiling might have not been started/i

/** Loss codes of rows that are not in the result; others (closed ranges, cut texts, clamped durations) keep the row. */
const ROWS_LOST = /without|malformed|garbage|oversized|truncat|damaged|dropped|missing/
/** Where the lost rows stood, by code or by the reader's sentence. Events of unknown category may have been kernels. */
const DEVICE_LOSS_CODE = /^(?:kernel|graph|memcpy|memset|device|activity)|malformed|garbage|truncat|damaged/
const DEVICE_TABLE = /\b(?:kernels?|graphs?|memcpy|memset|copies)\b|_KIND_(?:KERNEL|CONCURRENT_KERNEL|GRAPH_TRACE|MEMCPY|MEMSET)/i

/** Every warning and error of the file, every statement of loss, in file order; equal texts once. */
export function coverageStatements(capture: Capture, losses: readonly Loss[]): CoverageStatement[] {
  const statements: CoverageStatement[] = []
  for (const { severity, text } of capture.diagnostics) {
    const lost = LOST.test(text)
    const broken = DEVICE_BROKEN.test(text)
    if (severity !== 'warning' && severity !== 'error' && !lost && !broken) continue
    const isDevice = broken || (!OTHER_SOURCE.test(text) && DEVICE_SOURCE.test(text))
    statements.push({
      source: 'diagnostic',
      severity: severity === 'verbose' ? 'info' : severity,
      text,
      concerns: isDevice ? 'device' : 'other',
      certainty: lost ? (HEDGED.test(text) ? 'possible' : 'certain') : 'none',
    })
  }
  for (const { code, count, what } of losses) {
    const isDevice = DEVICE_LOSS_CODE.test(code) || DEVICE_TABLE.test(what)
    statements.push({
      source: 'loss',
      severity: 'warning',
      text: `${what} (${code}: ${count})`,
      concerns: isDevice ? 'device' : 'other',
      certainty: !ROWS_LOST.test(code) ? 'none' : /malformed|garbage/.test(code) ? 'possible' : 'certain',
      count,
    })
  }
  const seen = new Set<string>()
  return statements.filter(({ text }) => !seen.has(text) && seen.add(text))
}

/** Whether a loss says that the end of the file is missing. */
export function isTruncationLoss(loss: Loss): boolean {
  return /truncat|damaged-gzip|unexpected-end|missing-pages/.test(loss.code)
}
