/** What new files are: traces that are whole, traces that are not, or something else; and whether a budget may rest on them. */
import { basename } from 'node:path'
import type { Refusal } from '#analysis/live/judge-window.ts'
import { type ErrorCode, isSextantError } from '#base/errors.ts'
import type { DecodeBudget } from '#formats/decode-budget.ts'
import type { GatesReport } from '#formats/gates.ts'
import { type AskContext, askEach } from '#pipeline/ask.ts'
import { budgetQuestion, gatesQuestion } from '#pipeline/questions.ts'

type Unsourced<T> = Omit<T, 'sources'>

export type Examined =
  | { readonly path: string; readonly state: 'other' }
  | { readonly path: string; readonly state: 'incomplete'; readonly reason: string }
  | { readonly path: string; readonly state: 'whole'; readonly gates: Unsourced<GatesReport>; readonly hasDevice: boolean }

/** A file that is being written reads as any of these; once it is whole it does not. */
const unfinished: readonly ErrorCode[] = ['truncated_file', 'corrupt_file', 'empty_file', 'locked_file', 'unknown_format']

async function examine(context: AskContext, path: string): Promise<Examined> {
  try {
    const { outcomes } = await askEach<[Unsourced<GatesReport>, Unsourced<DecodeBudget>]>(
      { ...context, cache: false },
      [path],
      [gatesQuestion('decode', { concurrency: 1 }), budgetQuestion()],
    )
    const [gates, budget] = outcomes
    if (gates.state === 'refused') throw gates.error
    const broken = gates.value.gates.find(({ id, outcome }) => id === 'readable-and-untruncated' && outcome === 'fail')
    if (broken !== undefined) return { path, state: 'incomplete', reason: broken.reason ?? 'the file ends early' }
    return { path, state: 'whole', gates: gates.value, hasDevice: budget.state === 'answered' && budget.value.devices.length > 0 }
  } catch (error) {
    if (!isSextantError(error)) throw error
    if (error.code === 'unsupported_format') return { path, state: 'other' }
    if (unfinished.includes(error.code)) return { path, state: 'incomplete', reason: error.message.replaceAll(path, basename(path)) }
    throw error
  }
}

/** One after the other: traces are large. */
export async function examineAll(context: AskContext, paths: readonly string[]): Promise<Examined[]> {
  const examined: Examined[] = []
  for (const path of paths) examined.push(await examine(context, path))
  return examined
}

/** What speaks against resting a budget on these files. */
export function traceRefusals(examined: readonly Examined[], state: 'whole' | 'incomplete' | 'missing', waitedS: number): Refusal[] {
  if (state === 'missing') {
    return [
      {
        code: 'trace-missing',
        reason: `no new trace appeared within ${waitedS} s`,
        fix: 'Check --trace-dir against the engine’s torch_profiler_dir (or where nsys writes), and raise --trace-timeout-s for large traces.',
      },
    ]
  }
  const broken = examined.flatMap((each) => (each.state === 'incomplete' ? [`${basename(each.path)}: ${each.reason}`] : []))
  if (broken.length > 0) {
    return [
      {
        code: 'trace-incomplete',
        reason: `the trace never became whole: ${broken.join('; ')}`,
        fix: 'Shorten the window (--window-s), look at the engine’s log and the free space, and measure again.',
      },
    ]
  }
  const used = examined.filter((each) => each.state === 'whole' && each.hasDevice)
  if (used.length === 0) {
    return [
      {
        code: 'trace-without-device',
        reason: 'no new trace holds work of a device',
        fix: 'Run `sextant gates` on the trace: its first failing gate says whether the profiler saw the GPU at all.',
      },
    ]
  }
  return used.flatMap((each) => (each.state === 'whole' ? gateRefusals(each.path, each.gates) : []))
}

function gateRefusals(path: string, { gates }: Unsourced<GatesReport>): Refusal[] {
  return gates.flatMap(({ id, outcome, reason, fix }) =>
    outcome === 'fail'
      ? [
          {
            code: 'gate-failed' as const,
            reason: `${basename(path)}: ${id}: ${reason ?? 'failed'}`,
            fix: fix ?? `See docs/gates/${id}.md.`,
          },
        ]
      : [],
  )
}
