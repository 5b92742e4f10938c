import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SextantError } from '#base/errors.ts'
import { writeCase } from '#sim/write-case.ts'
import type { Question } from './ask.ts'
import { loadFamilyRules } from './family-rules.ts'
import { openCapture } from './open-capture.ts'
import { budgetQuestion } from './questions.ts'
import { relationsQuestion } from './relations-question.ts'
import { RunningQuestion } from './running-question.ts'
import { Study } from './study.ts'

const folder = mkdtempSync(join(tmpdir(), 'sextant-running-'))
const rules = loadFamilyRules(join(import.meta.dirname, '../../configs'))
let files: readonly string[] = []

beforeAll(async () => {
  files = (await writeCase('three-ranks-straggler', 4, folder)).files
})
afterAll(() => rmSync(folder, { recursive: true }))

const questions = (): readonly Question<unknown>[] => [budgetQuestion(), relationsQuestion(files)]

async function studyOf(path: string, needs: Question<unknown>['needs']): Promise<Study> {
  return new Study(await openCapture(path, { needs }), rules)
}

test('ranks taken one after the other, in any order, give the answer of all of them at once', async () => {
  for (const question of questions()) {
    const studies = await Promise.all(files.map((path) => studyOf(path, question.needs)))
    const running = new RunningQuestion(question, files.length, rules)
    const ends = [...studies.entries()].reverse().map(([at, study]) => running.take(at, study))
    expect(ends).toEqual([false, false, true])
    expect(running.outcome()).toEqual({ outcome: { state: 'answered', value: question.compute(studies, rules) }, unopened: false })
  }
})

/** In a function of its own, so that nothing of the frame keeps the study. */
async function takeAndWatch(running: RunningQuestion<unknown>, at: number, question: Question<unknown>): Promise<WeakRef<object>> {
  const study = await studyOf(files[at] ?? '', question.needs)
  running.take(at, study)
  if (study.capture.timeline === undefined) throw new Error('a timeline')
  return new WeakRef(study.capture.timeline)
}

test('what a question keeps of a rank holds nothing of its timeline', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (const question of questions()) {
    const running = new RunningQuestion(question, files.length, rules)
    const taken = [await takeAndWatch(running, 0, question), await takeAndWatch(running, 1, question)]
    await new Promise((resolve) => setTimeout(resolve, 10))
    collect()
    expect(taken.map((reference) => reference.deref() === undefined)).toEqual([true, true])
    running.take(2, await studyOf(files[2] ?? '', question.needs))
    expect(running.outcome().outcome.state).toBe('answered')
  }
})

test('a capture that could not be opened refuses the question, whatever the others say', async () => {
  const [question] = questions()
  if (question === undefined) throw new Error('a question')
  const running = new RunningQuestion(question, 3, rules)
  const second = new SextantError('corrupt_file', 'second', 'hint')
  running.take(2, new SextantError('corrupt_file', 'third', 'hint'))
  running.take(0, await studyOf(files[0] ?? '', question.needs))
  expect(running.take(1, second)).toBe(true)
  expect(running.outcome()).toEqual({ outcome: { state: 'refused', error: second }, unopened: true })
})
