/** The question behind `what-if`: the steps of one device, replayed. */
import { refusedByCoverage } from '#analysis/budget-refusals.ts'
import { requireSelection } from '#analysis/budget-selection.ts'
import { buildWhatIf, noReplay } from '#analysis/replay/what-if-report.ts'
import type { WhatIfReport } from '#formats/what-if.ts'
import type { Question } from './ask.ts'

export interface WhatIfOptions {
  readonly changes: readonly string[]
  readonly seed: number
  readonly device?: number
}

/** kineto read 20 % busy where nsys read 12 % (facts on kineto, section 9). */
const distorted = {
  code: 'profiler-distorts',
  reason: 'the framework profiler slows the host and stretches kernels: what a change of the host saves is overstated',
  settledBy: 'an nsys capture of the same deployment',
}
const LONGER = 'a longer window of steady decode at one concurrency, with engine step annotations'

export function whatIfQuestion(options: WhatIfOptions): Question<Omit<WhatIfReport, 'sources'>> {
  return {
    name: 'what-if',
    options,
    needs: ['correlation', 'host-calls', 'ranges', 'collectives'],
    compute([study], rules) {
      if (study === undefined) throw new Error('a question about one capture was asked of none')
      const { timeline } = study.capture
      if (timeline === undefined) return noReplay('no-timeline', 'the file holds no timeline', 'an nsys or kineto capture')
      requireSelection([study], options.device === undefined ? {} : { device: options.device })
      const refused = refusedByCoverage(study.coverage())
      if (refused !== undefined) return noReplay(refused.code, refused.reason, refused.settledBy)
      const join = study.join()
      if (join?.state !== 'joined') return noReplay('no-host-rows', join?.reason ?? 'no host calls', 'a capture with host API rows')
      let reason = 'no device has work'
      for (const [index, steps] of study.steps().entries()) {
        const sequence = study.sequences()[index]
        if (sequence === undefined || (options.device !== undefined && timeline.devices[index]?.ordinal !== options.device)) continue
        if (steps.state === 'found') {
          const report = buildWhatIf({ timeline, sequence, steps, join }, rules, options.changes, options.seed)
          return study.capture.kind === 'kineto' && report.state === 'computed' ? { ...report, unknowns: [distorted] } : report
        }
        reason = steps.reason
      }
      return noReplay('no-steps', reason, LONGER)
    },
  }
}
