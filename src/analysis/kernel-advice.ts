/** What `kernels` adds to its rows: whose ceilings apply, and the capture that would judge the hottest kernel against them. */
import type { Hardware } from '#analysis/ceilings.ts'
import { familyCeilings } from '#analysis/family-ceilings.ts'
import { type DeviceNames, recogniseDevice } from '#analysis/hardware-names.ts'
import { shellWord } from '#base/shell-word.ts'
import { formatRatio } from '#base/units.ts'
import type { KernelRow, KernelSummary } from '#formats/kernel-summary.ts'
import type { NextLever } from '#formats/source.ts'

/** `deviceOrdinal`: which device was asked for; then names of the others do not matter, and which is whose is not in the summary. */
export function kernelAdvice(
  summary: Pick<KernelSummary, 'kernels' | 'families' | 'deviceNames' | 'source'>,
  deviceOrdinal: number | undefined,
  names: DeviceNames,
): Pick<KernelSummary, 'ceilingKey' | 'next'> {
  const ceilingKey = ceilingKeyOf(summary.deviceNames ?? [], names)
  // Names of several devices settle nothing about one of them, unless they are one.
  const applies = ceilingKey !== undefined && (deviceOrdinal === undefined || summary.deviceNames?.length === 1)
  const hottest = hottestMeasurable(summary.kernels)
  return {
    ...(applies ? { ceilingKey } : {}),
    ...(hottest === undefined ? {} : { next: counterCapture(hottest, summary, applies ? ceilingKey : undefined) }),
  }
}

/** One key for all devices, or none: a mixed capture has no one ceiling. */
function ceilingKeyOf(deviceNames: readonly string[], names: DeviceNames): string | undefined {
  const keys = new Set(deviceNames.map((name) => recogniseDevice(names, name).key))
  const [key] = keys
  return keys.size === 1 ? key : undefined
}

/** Counters are read by replaying a kernel: one that waits for other ranks would hang, and a copy has no counters. */
const notReplayable = new Set(['communication', 'copy'])

function hottestMeasurable(kernels: readonly KernelRow[]): KernelRow | undefined {
  return kernels.find(({ role, name }) => !notReplayable.has(role ?? '') && !name.startsWith('<'))
}

/** Names run to 8 kB; a regular expression of ncu matches anywhere, so that a beginning is enough. */
const FILTER_LENGTH = 60

/** Matches the beginning of the name literally: templates and arguments are written differently by every demangler. */
function nameFilter({ shortName }: KernelRow): string {
  const plain = (shortName.split(/[<(]/, 1)[0] ?? '').trim().slice(0, FILTER_LENGTH)
  return shellWord(`regex:${plain.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)
}

function counterCapture(
  hottest: KernelRow,
  { families, source }: Pick<KernelSummary, 'families' | 'source'>,
  ceilingKey: string | undefined,
): NextLever {
  const family = families.find((each) => each.family === hottest.family)
  const ofWhat = source === 'samples' ? 'GPU samples' : 'kernel time'
  const roof = ceilingKey === undefined ? 'the ceilings of its device (sextant ceilings)' : `the ceilings of ${ceilingKey}`
  return {
    lever: `Measure the hottest kernel (${hottest.family}) with Nsight Compute: ncu --set full -k ${nameFilter(hottest)} --launch-count 5`,
    expectedUnlock: `At most the ${formatRatio(hottest.shareRatio)} of ${ofWhat} that it has (${hottest.family}: ${formatRatio(family?.shareRatio)}); how much of that is above its roof no ${source === 'samples' ? 'share' : 'time'} can tell`,
    gate: `Achieved FLOP/s and DRAM bytes of that kernel against ${roof}`,
  }
}

/** `families` with the ceilings that each can meet; unchanged where whose ceilings apply is not known. */
export function withCeilings(
  summary: Pick<KernelSummary, 'kernels' | 'families'>,
  hardware: Hardware | undefined,
): KernelSummary['families'] {
  if (hardware === undefined) return summary.families
  return summary.families.map((family) => {
    // Kernels come by falling time.
    const hottest = summary.kernels.find((kernel) => kernel.family === family.family)
    const { paths, reason } = familyCeilings(hardware, family.role, hottest?.name ?? '', family.family)
    return { ...family, ceilings: { paths: [...paths], reason } }
  })
}
