/** Point 2: every real capture through the built binary, against independent truth and the vendor's tool. */
import { basename } from 'node:path'
import { compareRealCapture, type RealComparison, realCaptures } from '../../../tests/support/real-captures.ts'
import { sharedDataAbsent } from '../../../tests/support/shared-data.ts'
import { type Point, type Proof, shownByTests } from '../point.ts'
import { askBinary, inParallel } from './built-binary.ts'

interface Judged {
  readonly name: string
  readonly found?: RealComparison
  readonly failure?: string
}

let judging: Promise<Judged[]> | undefined

function judgeAll(): Promise<Judged[]> {
  judging ??= inParallel(realCaptures(), async (path) => {
    const name = basename(path)
    try {
      return { name, found: await compareRealCapture(path, askBinary) }
    } catch (error) {
      return { name, failure: error instanceof Error ? error.message : String(error) }
    }
  })
  return judging
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The first few differences, so that a short line says where to look. */
function firstWrong(judged: readonly Judged[], isOfPoint: (mismatch: string) => boolean): string[] {
  return judged.flatMap(({ name, found, failure }) =>
    failure === undefined ? (found?.mismatches ?? []).filter(isOfPoint).map((what) => `${name}: ${what}`) : [`${name}: ${failure}`],
  )
}

function proofOf(wrong: readonly string[], hasAny: boolean, figure: string): Proof {
  if (wrong.length === 0) return { holds: hasAny, figure }
  return { holds: false, figure: `${figure}; ${wrong.length} wrong: ${wrong.slice(0, 5).join('; ')}` }
}

const isVendors = (mismatch: string): boolean => mismatch.startsWith('nsys stats: ')

const truth: Point = {
  title: '2 real captures equal their independent truth to the nanosecond',
  async prove() {
    const judged = await judgeAll()
    if (judged.length === 0) return { holds: false, figure: sharedDataAbsent }
    const read = judged.filter(({ found }) => found !== undefined)
    const withTruth = read.filter(({ found }) => found?.hasTruth === true)
    const figures = sum(withTruth.map(({ found }) => (found?.checked ?? 0) - (found?.vendorFigures ?? 0)))
    const wrong = firstWrong(judged, (mismatch) => !isVendors(mismatch))
    const figure = `${read.length} of ${judged.length} files read, ${withTruth.length} with a truth, ${figures - wrong.length} of ${figures} figures equal`
    return proofOf(wrong, withTruth.length > 0, figure)
  },
}

const vendor: Point = {
  title: '2 kernel, API and memory summaries equal the vendor\u2019s nsys stats (rows of event class 67 left out and said)',
  async prove() {
    const judged = await judgeAll()
    if (judged.length === 0) return { holds: false, figure: sharedDataAbsent }
    const figures = sum(judged.map(({ found }) => found?.vendorFigures ?? 0))
    const abstentions = sum(judged.map(({ found }) => found?.vendorAbstentions ?? 0))
    const files = judged.filter(({ found }) => (found?.vendorFigures ?? 0) > 0).length
    const wrong = firstWrong(judged, isVendors)
    const figure = `${files} files, ${figures - wrong.length} of ${figures} figures equal, ${abstentions} summaries empty (the vendor abstains)`
    return proofOf(wrong, figures > 0, figure)
  },
}

const details = shownByTests('2 readers against the same truth, and the vendor\u2019s statistics in every dialect', {
  paths: [
    'tests/nsys-truth.test.ts',
    'tests/nsys-oracle.test.ts',
    'tests/nsys-stats.test.ts',
    'tests/nsys-containers.test.ts',
    'src/readers/kineto',
  ],
})

export const realCapturePoints: readonly Point[] = [truth, vendor, details]
