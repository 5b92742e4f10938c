/** What ranks wait for one another, from their matched collectives (algorithms.md, section 4). */
import type { CitationBook } from '#analysis/synthesis/cite.ts'
import type { Cited, RankEvidence } from '#analysis/synthesis/evidence.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import { type BudgetDocument, slowestDevice } from './step.ts'

/**
 * Shares are of the wall of the slowest device’s steps: sums over collectives ÷ (steps × mean cadence). Undefined where the ranks of one job
 * were not matched: then nothing is said of waiting.
 */
export function rankEvidence(document: BudgetDocument, book: CitationBook): RankEvidence | undefined {
  const { ranks } = document.output
  const index = slowestDevice(document)
  if (ranks === undefined || index === undefined || ranks.members.length < 2) return undefined
  const at = (...path: readonly (string | number)[]): Cited | undefined => book.cite(document, jsonPointer(...path))
  const wall = book.derive('product', [at('devices', index, 'steps', 'count'), at('devices', index, 'cadenceNs', 'meanNs')])
  const floorShare = book.derive('ratio', [at('ranks', 'floorNs'), wall])
  const skewShare = book.derive('ratio', [at('ranks', 'skewNs'), wall])
  if (floorShare === undefined || skewShare === undefined) return undefined
  return { ranks: ranks.members.length, floorShare, skewShare, ...stragglerOf(document, book) }
}

/**
 * What makes the straggler late: its own computing and its own host gaps, each over the median of the others. Time in collectives is left
 * out: the others spend it waiting.
 */
function stragglerOf(document: BudgetDocument, book: CitationBook): Partial<RankEvidence> {
  const { ranks, devices } = document.output
  const ofWaitRatio = book.cite(document, jsonPointer('ranks', 'straggler', 'ofWaitRatio'))
  const { straggler } = ranks ?? {}
  const lateRatio = book.cite(document, jsonPointer('ranks', 'straggler', 'lateRatio'))
  if (ranks === undefined || straggler === undefined || lateRatio === undefined) return {}
  const others = ranks.members.map(({ device }) => device).filter((device) => device !== straggler.device)
  const compared = (...path: readonly string[]): Cited | undefined => {
    const of = (device: number) => book.cite(document, jsonPointer('devices', device, ...path))
    return book.derive('ratio', [of(straggler.device), book.derive('median', others.map(of))])
  }
  const [busy, host] = [compared('parts', 'computeNs', 'meanNs'), compared('hostGapNs', 'meanNs')]
  return {
    straggler: {
      rank: straggler.rank ?? devices[straggler.device]?.rank ?? straggler.device,
      lateRatio,
      ...(ofWaitRatio === undefined ? {} : { ofWaitRatio }),
      isMeasured: slowestDevice(document) === straggler.device,
    },
    ...(busy === undefined ? {} : { stragglerBusyRatio: busy }),
    ...(host === undefined ? {} : { stragglerHostRatio: host }),
  }
}
