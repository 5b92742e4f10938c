/** Point 3: every case of the generator, in both formats, through the built binary. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CaptureFormat, type CaseName, caseNames } from '#sim/cases.ts'
import type { CaseTruth } from '#sim/truth-types.ts'
import { writeCase } from '#sim/write-case.ts'
import { compareCase } from '../../../tests/support/generator-truth.ts'
import { anyVariant } from '../../../tests/support/generator-variants.ts'
import type { Point } from '../point.ts'
import { askBinary, inParallel } from './built-binary.ts'

interface Trial {
  readonly name: CaseName
  readonly format: CaptureFormat
  readonly seed: number
}

interface Outcome {
  readonly checked: number
  readonly wrong: readonly string[]
}

async function judge({ name, format, seed }: Trial): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-prove-'))
  const variant = anyVariant(name, seed, format)
  const label = `${name} --seed ${seed} ${JSON.stringify(variant)}`
  try {
    const { files } = await writeCase(name, seed, folder, variant)
    const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as CaseTruth
    const { checked, mismatches } = await compareCase(files, truth, askBinary)
    return { checked, wrong: mismatches.map((mismatch) => `${label}: ${mismatch}`) }
  } catch (error) {
    return { checked: 1, wrong: [`${label}: ${error instanceof Error ? error.message : String(error)}`] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const generatedCaptures: Point = {
  title: '3 generated captures give the generator\u2019s truth',
  async prove({ seed, seeds }) {
    const drawn = Array.from({ length: seeds }, (_, index) => seed + index)
    const trials = drawn.flatMap((each) =>
      caseNames.flatMap((name) => (['nsys', 'kineto'] as const).map((format): Trial => ({ name, format, seed: each }))),
    )
    const outcomes = await inParallel(trials, judge)
    const right = outcomes.filter(({ wrong }) => wrong.length === 0).length
    const checked = outcomes.reduce((total, outcome) => total + outcome.checked, 0)
    const wrong = outcomes.flatMap((outcome) => outcome.wrong)
    const figure = `${right} of ${trials.length} captures right (${caseNames.length} cases, 2 formats, seeds ${drawn.join(', ')}), ${checked - wrong.length} of ${checked} figures within the tolerance`
    return { holds: trials.length > 0 && right === trials.length, figure: [figure, ...wrong.slice(0, 5)].join('; ') }
  },
}
