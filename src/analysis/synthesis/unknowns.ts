/** What the picture does not know although a source was there to tell, each with what would settle it. */
import { shellWord } from '#base/shell-word.ts'
import { formatRatio } from '#base/units.ts'
import type { InventoryItem, Synthesis } from '#formats/synthesis.ts'
import type { Evidence } from './evidence.ts'
import type { Readings } from './readings.ts'
import type { NoServingCell, ServingCell } from './serving-cell.ts'

type Unknowns = Synthesis['unknowns']

/** A family below a tenth of the step is not worth a capture of its own. */
const WORTH_COUNTING = 0.1
/** Replaying a collective waits for its peers for ever, and a copy has no counters. */
const notCountable: ReadonlySet<string> = new Set(['communication', 'copy'])

export function unknownsOf(
  evidence: Evidence,
  readings: Readings,
  cell: ServingCell | NoServingCell,
  inventory: readonly InventoryItem[],
): Unknowns {
  const { budget, bench } = readings
  return distinct([
    ...(budget?.output.unknowns.map(({ reason, settledBy }) => ({ what: `the decode step: ${reason}`, settledBy })) ?? []),
    ...limits(inventory),
    ...(bench.length > 0 && !('document' in cell)
      ? [
          {
            what: `what clients measured under this load: ${cell.why}`,
            settledBy: 'workload.concurrency of the deployment, or a benchmark at it',
          },
        ]
      : []),
    ...uncounted(evidence),
  ])
}

/** Captures that hold something, and whose gates say what they may not be asked. */
function limits(inventory: readonly InventoryItem[]): Unknowns {
  return inventory.flatMap(({ source, kind, state, reasons, fix }) =>
    kind === 'other' || state !== 'valid' || fix === undefined ? [] : [{ what: `${source.path}: ${reasons.join('; ')}`, settledBy: fix }],
  )
}

/** Hot families of whose headroom nothing is decided: busy multiprocessors are no proof (facts/ncu.md, section 7). */
function uncounted({ families }: Evidence): Unknowns {
  return families.flatMap(({ family, role, stepShare, kernels, counters }) => {
    if (stepShare.value < WORTH_COUNTING || notCountable.has(role) || counters?.headroom === 'decidable') return []
    const busy =
      counters?.smBusyRatio === undefined
        ? ''
        : `; its multiprocessors are ${formatRatio(counters.smBusyRatio.value)} busy, which is no work done`
    const name = (kernels[0]?.name.split(/[<(]/, 1)[0] ?? family).slice(0, 60)
    return [
      {
        what: `how far ${family} (${formatRatio(stepShare.value)} of the step) is from its roof: its bytes and operations were not counted${busy}`,
        settledBy: `ncu --set full --launch-count 5 -k ${shellWord(`regex:${name}`)}`,
      },
    ]
  })
}

const distinct = (unknowns: Unknowns): Unknowns =>
  unknowns.filter(({ what }, at) => unknowns.findIndex((other) => other.what === what) === at)
