/** What the files of `analyze` answer together; they are read a second time, all at once, only where the mix can answer anything. */
import type { AnalyzedFile, MixAnswer } from '#formats/analysis.ts'
import { type AskContext, ask } from './ask.ts'
import { mixQuestion } from './join-question.ts'

/** All are held at once, and every two are related: a folder of a campaign is for `join` and for the lake. */
const MOST_FILES = 8

/** @param paths of `files`, in their order. */
export async function analyzeTogether(
  context: AskContext,
  paths: readonly string[],
  files: readonly AnalyzedFile[],
): Promise<{ readonly together: MixAnswer[]; readonly togetherRefused?: string }> {
  if (files.length < 2 || paths.length !== files.length || !couldAnswer(files)) return { together: [] }
  if (files.length > MOST_FILES) {
    return {
      together: [],
      togetherRefused: `${files.length} files: what they answer together is asked of at most ${MOST_FILES}; sextant join relates more`,
    }
  }
  const names = files.map(({ source }) => source.path)
  const { value } = await ask(context, paths, mixQuestion(names))
  return { together: [...value] }
}

function couldAnswer(files: readonly AnalyzedFile[]): boolean {
  const timed = files.filter(({ kernelTime, devices }) => kernelTime !== undefined || devices.length > 0).length
  const others = files.filter(({ counted, sampled, client, endpoint }) => counted ?? sampled ?? client ?? endpoint).length
  const dumps = files.filter(({ endpoint }) => endpoint !== undefined).length
  return timed > 1 || (timed > 0 && others > 0) || dumps > 1
}
