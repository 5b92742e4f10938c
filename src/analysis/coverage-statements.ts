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

/** Loss codes of rows that held device time, and of files whose end is missing. */
const DEVICE_LOSS = /^(?:kernel|graph|memcpy|memset|copy|copies|device|activity)|without-(?:time|end|start|duration)|truncat|overflow|page/

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
    statements.push({
      source: 'loss',
      severity: 'warning',
      text: `${what} (${code}: ${count})`,
      concerns: DEVICE_LOSS.test(code) ? 'device' : 'other',
      certainty: 'certain',
    })
  }
  const seen = new Set<string>()
  return statements.filter(({ text }) => !seen.has(text) && seen.add(text))
}

/** Whether a loss says that the end of the file is missing. */
export function isTruncationLoss(loss: Loss): boolean {
  return /truncat|incomplete-file|unexpected-end|missing-pages/.test(loss.code)
}
