/** Functions that samples found hot, on the CPU and under the GPU's samples: shares of their own list only (facts/zymtrace.md, section 2). */
import type { CitationBook } from '#analysis/synthesis/cite.ts'
import type { FrameEvidence } from '#analysis/synthesis/evidence.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import type { KernelsDocument } from './families.ts'

/** A list of frames is cut where nobody looks any more. */
const MOST_FRAMES = 50

export function frameEvidence(document: KernelsDocument, book: CitationBook): FrameEvidence[] {
  const { samples } = document.output
  const of = (view: FrameEvidence['view'], key: 'cpuFrames' | 'hostFramesUnderGpu'): FrameEvidence[] =>
    (samples?.[key] ?? []).slice(0, MOST_FRAMES).flatMap(({ frame, file }, at) => {
      const share = book.cite(document, jsonPointer('samples', key, at, 'shareRatio'))
      return share === undefined ? [] : [{ frame: file === undefined ? frame : `${file}::${frame}`, view, share }]
    })
  return [...of('cpu', 'cpuFrames'), ...of('under-gpu', 'hostFramesUnderGpu')]
}
