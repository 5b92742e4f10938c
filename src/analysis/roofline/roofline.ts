/** What `sextant roofline` answers: counters (L4), timelines joined with counters (L2+L4), samples as a proxy (L1). */
import { type Ceilings, type FoundHardware, findHardware, type Hardware, linkCeiling, memoryCeiling } from '#analysis/ceilings.ts'
import type { FamilyRules } from '#analysis/families.ts'
import { type DeviceNames, recogniseDevice } from '#analysis/hardware-names.ts'
import { deviceIdentities, modelContradiction } from '#analysis/joins/device-identity.ts'
import type { KernelSide } from '#analysis/joins/kernel-part.ts'
import { kernelSide } from '#analysis/joins/kernel-parts.ts'
import { summarizeKernels } from '#analysis/kernel-summary.ts'
import { SextantError } from '#base/errors.ts'
import { formatRatio } from '#base/units.ts'
import type { Roofline } from '#formats/roofline.ts'
import type { Capture, Loss } from '#model/capture.ts'
import { countedKernels, countedParts, pointOf } from './counted-kernels.ts'
import { type FamilyRoofs, familyRoofs, type Uncovered } from './family-roofs.ts'
import { type Roofs, roofsOf } from './roofs.ts'

export interface RooflineInput {
  readonly capture: Capture
  readonly losses: readonly Loss[]
}

/** `hardware`: key or name of a device, refused where it has no ceilings; without it, the one name that the captures give. */
export function buildRoofline(
  inputs: readonly RooflineInput[],
  rules: FamilyRules,
  ceilings: Ceilings,
  names: DeviceNames,
  hardware?: string,
): Omit<Roofline, 'sources'> {
  const answer = hardware === undefined ? ofDevices(inputs, ceilings, names) : findHardware(ceilings, names, hardware)
  const found = typeof answer === 'string' ? undefined : answer
  const roofs = roofsOf(found?.hardware)
  const counted = inputs.filter(({ capture }) => capture.kernelCounters !== undefined)
  const parts = countedParts(
    counted.map(({ capture }) => capture),
    rules,
  )
  const points = countedKernels(parts).map((kernel) => pointOf(kernel, roofs, rules))
  points.sort((a, b) => (b.measuredNs ?? 0) - (a.measuredNs ?? 0) || (a.name < b.name ? -1 : 1))
  const others = inputs.filter(({ capture }) => capture.kernelCounters === undefined)
  const timed = others.flatMap(({ capture, losses }) => timedSide(capture, losses, rules) ?? [])
  if (timed.length > 1) throw several('timelines')
  const sampled = others
    .filter(({ capture }) => capture.timeline === undefined && capture.statistics === undefined)
    .map(({ capture, losses }) => summarizeKernels(capture, losses, rules))
  if (sampled.length > 1) throw several('captures of samples')
  const [times] = timed
  const contradiction = times === undefined ? undefined : contradictionOf(times.capture, counted)
  const families = times === undefined ? undefined : familyRoofs(times.side, contradiction === undefined ? parts : [], roofs)
  return {
    schema: 'roofline/1',
    ...(found === undefined ? {} : { hardware: hardwareField(found, hardware) }),
    ...(typeof answer === 'string' ? { hardwareUnknown: answer } : {}),
    roofs: drawnRoofs(roofs),
    points,
    families: [...(families?.families ?? [])],
    ...(families === undefined ? {} : { join: families.join }),
    shares: (sampled[0]?.families ?? []).map(({ family, role, shareRatio, shareLowRatio, shareHighRatio }) => {
      const path = found === undefined ? undefined : usualCeiling(found.hardware, role)
      return {
        tier: 'L1' as const,
        family,
        shareRatio,
        ...(shareLowRatio === undefined ? {} : { shareLowRatio }),
        ...(shareHighRatio === undefined ? {} : { shareHighRatio }),
        ...(path === undefined ? {} : { ceilingPath: path }),
      }
    }),
    notes: [
      ...notesOf(inputs, points.length, timed.length, sampled.length),
      ...(contradiction === undefined ? [] : [`the counters hold for another device, and none is carried over: ${contradiction}`]),
    ],
    ...(found === undefined ? {} : nextOf(points, families?.hottest)),
    losses: inputs.flatMap(({ losses }) => losses),
  }
}

interface TimedSide {
  readonly capture: Capture
  readonly side: KernelSide
}

/** Kernels with times; undefined for samples. Throws what `kernels` throws where nothing is known of kernels. */
function timedSide(capture: Capture, losses: readonly Loss[], rules: FamilyRules): TimedSide | undefined {
  if (capture.timeline === undefined && capture.statistics === undefined) return undefined
  const side = kernelSide(capture, rules)
  if (side !== undefined) return { capture, side }
  summarizeKernels(capture, losses, rules)
  return { capture, side: { parts: [], counts: 'launches', hidden: { rows: 0, timeNs: 0 } } }
}

/** A ratio of one model of device holds for no other. */
function contradictionOf(timed: Capture, counted: readonly RooflineInput[]): string | undefined {
  const own = deviceIdentities(timed)
  const reasons = counted.flatMap(({ capture }) =>
    deviceIdentities(capture).flatMap((device) => {
      const against = own.map((each) => modelContradiction(each, device))
      return against.length > 0 && against.every((each) => each !== undefined) ? (against[0] ?? []) : []
    }),
  )
  return reasons[0]
}

function several(what: string): SextantError {
  return new SextantError(
    'ambiguous',
    `several ${what} were given: whose times are meant cannot be told`,
    `Give one of the ${what}, and as many captures of counters as there are.`,
  )
}

/** The one hardware that every named device is, or why there is none: never another's ceilings (trap H9). */
function ofDevices(inputs: readonly RooflineInput[], ceilings: Ceilings, names: DeviceNames): FoundHardware | string {
  const given = [...new Set(inputs.flatMap(({ capture }) => capture.devices.flatMap(({ name }) => name ?? [])))]
  const keys = new Set(given.map((name) => recogniseDevice(names, name).key))
  const [key] = keys
  if (keys.size === 1 && key !== undefined) return findHardware(ceilings, names, key)
  const why = given.length === 0 ? 'no capture names its device' : `the captures name ${given.join(', ')}`
  return `whose ceilings apply is not known: ${why}; name the hardware with --hardware (sextant ceilings lists the keys)`
}

function hardwareField({ hardware, assumes }: FoundHardware, given: string | undefined): NonNullable<Roofline['hardware']> {
  return {
    key: hardware.key,
    name: hardware.name,
    from: given === undefined ? 'device-name' : 'input',
    ...(assumes === undefined ? {} : { assumes }),
    ...(hardware.devicesPerEntry === 1 ? {} : { dividedBy: hardware.devicesPerEntry }),
  }
}

function drawnRoofs({ dramBytes, used }: Roofs): Roofline['roofs'] {
  const memory = dramBytes === undefined ? [] : [{ path: dramBytes.key, kind: 'memory' as const, perS: dramBytes.perSecond }]
  const compute = [...used.values()].map(({ ceiling, dtype }) => ({
    path: ceiling.key,
    kind: 'compute' as const,
    dtype,
    perS: ceiling.perSecond,
  }))
  return [...memory, ...compute.sort((a, b) => b.perS - a.perS)]
}

/** Which resource a role usually meets first. Only where that holds whatever the data type: a GEMM's peak depends on it. */
function usualCeiling(hardware: Hardware, role: string | undefined): string | undefined {
  if (role === 'communication') return linkCeiling(hardware, 'link-bandwidth')?.path
  if (role === 'elementwise' || role === 'norm' || role === 'copy' || role === 'kv-write') return memoryCeiling(hardware)?.path
  return undefined
}

function notesOf(inputs: readonly RooflineInput[], points: number, timed: number, sampled: number): string[] {
  const notes: string[] = []
  if (points > 0) {
    notes.push('peaks are published at one clock and counters taken at another: a ratio may exceed 1, and near 1 is within a few per cent')
  }
  if (points > 0 && timed > 0) {
    notes.push(
      'families: ratios of the counters carried over to the times of the timeline, kernel by kernel, and where both know grid and block at equal ones only',
    )
  }
  if (timed > 0 && points === 0) notes.push('a timeline holds no bytes and no FLOPs: without counters no distance to a roof is known')
  if (sampled > 0)
    notes.push('shares of samples are a proxy (L1): the ceiling named is where such kernels usually end, not a measured fraction of it')
  if (inputs.some(({ capture }) => capture.kernelCounters !== undefined) && points === 0) notes.push('the counters are of no kernel')
  return notes
}

const uncoveredWords: Readonly<Record<Uncovered, string>> = {
  unmatched: 'it has no counters',
  ambiguous: 'several kernels with counters have its name',
  variant: 'only a variant of it has counters',
  'other-shape': 'it was counted at another grid or block',
  undecided: 'its counters do not decide',
}

/** What to capture next: what decides for the hottest counted kernel, else counters of the hottest one without. */
function nextOf(points: Roofline['points'], hottest: FamilyRoofs['hottest']): Pick<Roofline, 'next'> {
  const undecided = points.find(({ undecidable }) => undecidable !== undefined)
  if (undecided !== undefined) {
    return {
      next: {
        lever: `Collect what decides for ${undecided.name.slice(0, 80)}: ncu --set full (or --set roofline)`,
        expectedUnlock: 'A verdict; no gain by itself',
        gate: undecided.undecidable ?? '',
      },
    }
  }
  if (hottest === undefined) return {}
  return {
    next: {
      lever: `Measure ${hottest.name.slice(0, 80)} with Nsight Compute at the shapes of the timeline (${uncoveredWords[hottest.why]}): ncu --set full`,
      expectedUnlock: `A verdict on its share of kernel time, ${formatRatio(hottest.shareRatio)}; no gain by itself`,
      gate: 'Counted FLOPs and DRAM bytes of it against the ceilings',
    },
  }
}
