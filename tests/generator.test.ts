/** Captures that the generator writes, read by the real commands: they must give the generator's truth, for any seed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Random } from '#base/random.ts'
import { type CaseName, caseNames } from '#sim/cases.ts'
import type { CaseTruth } from '#sim/truth-types.ts'
import { type WriteCaseOptions, writeCase } from '#sim/write-case.ts'
import { compareCase } from './support/generator-truth.ts'
import { anyVariant } from './support/generator-variants.ts'
import { askInProcess } from './support/in-process.ts'

/** Another one at every run finds what one seed hides; SEXTANT_SEED repeats a failure. */
const seed = Number(process.env['SEXTANT_SEED'] ?? new Random(Date.now() % 2 ** 31, 'seed').integer(0, 2 ** 31))
const isSlow = process.env['SEXTANT_SLOW'] === '1'
/** Every shape of the answer once: one file, several, several devices, graphs, abstentions; the slow run takes all cases. */
const usual: readonly CaseName[] = [
  'kernel-bound-98',
  'graph-on-one-device',
  'three-ranks-straggler',
  'prefill-in-middle-unannotated',
  'mtp-2-tokens',
  'copies-exposed',
  'dropped-rows',
  'under-recorded-graphs',
  'idle-only',
]

async function judge(name: CaseName, options: WriteCaseOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-generator-'))
  try {
    const { files } = await writeCase(name, seed, folder, options)
    // What was written is compared, not what was returned: others read the file.
    const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as CaseTruth
    return await compareCase(files, truth, askInProcess)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const name of isSlow ? caseNames : usual) {
  for (const format of ['nsys', 'kineto'] as const) {
    const options = anyVariant(name, seed, format)
    test(`${name} ${JSON.stringify(options)}: the generator's truth (seed ${seed})`, async () => {
      const { checked, mismatches } = await judge(name, options)
      expect(mismatches).toEqual([])
      expect(checked).toBeGreaterThan(1)
    })
  }
}
