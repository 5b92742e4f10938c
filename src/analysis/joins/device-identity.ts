/**
 * Which device of one capture is which of another's. UUID settles it; a PCI address only on one host, an ordinal only in one process
 * (CUDA_VISIBLE_DEVICES renumbers, trap B6); an equal model is no equal device. What settles nothing is `unknown`, not a match.
 */
import { seriesOf } from '#analysis/metric-series.ts'
import type { Capture } from '#model/capture.ts'

export interface DeviceIdentity {
  /** In the file; absent where the source has none. */
  readonly ordinal?: number
  /** Lower case, without `GPU-`. */
  readonly uuid?: string
  /** MIG instance: a slice of the device. */
  readonly instance?: string
  /** `0000:4e:00.0` */
  readonly pciAddress?: string
  readonly host?: string
  /** The model's name. */
  readonly name?: string
  readonly smCount?: number
  readonly computeCapability?: string
  /** Process ids that used it; none where the capture has no processes. */
  readonly pids: readonly number[]
}

export interface DeviceVerdict {
  readonly state: 'same' | 'different' | 'unknown'
  readonly by?: 'uuid' | 'host-and-pci-address' | 'host-and-ordinal' | 'process-and-ordinal'
  readonly reason: string
}

/** `GPU-ABC…` and `abc…` are one; a MIG UUID stays apart from its device's. */
export function canonicalUuid(uuid: string): string {
  return uuid.trim().toLowerCase().replace(/^gpu-/, '')
}

/** Domain, bus, slot and function whatever the width of the domain; undefined where the text is no address. */
export function canonicalPciAddress(text: string): string | undefined {
  const match = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})(?:\.([0-7]))?$/i.exec(text.trim())
  if (match === null) return undefined
  const hex = (digits: string | undefined, width: number): string =>
    Number.parseInt(digits ?? '0', 16)
      .toString(16)
      .padStart(width, '0')
  return `${hex(match[1], 4)}:${hex(match[2], 2)}:${hex(match[3], 2)}.${match[4] ?? '0'}`
}

export function deviceIdentities(capture: Capture): DeviceIdentity[] {
  const { timeline, devices, metricSamples } = capture
  if (metricSamples !== undefined) return metricDevices(metricSamples)
  return (timeline?.devices ?? devices).map(({ ordinal, uuid, pciAddress, host, name, smCount, computeCapability, processes }) => {
    const address = pciAddress === undefined ? undefined : canonicalPciAddress(pciAddress)
    const known = processes.flatMap((index) => timeline?.processes[index] ?? [])
    const hosts = new Set([host, ...known.map((process) => process.host)].filter((each) => each !== undefined))
    const [only] = hosts
    return {
      ordinal,
      ...(uuid === undefined || uuid === '' ? {} : { uuid: canonicalUuid(uuid) }),
      ...(address === undefined ? {} : { pciAddress: address }),
      ...(hosts.size === 1 && only !== undefined ? { host: only } : {}),
      ...(name === undefined ? {} : { name }),
      ...(smCount === undefined ? {} : { smCount }),
      ...(computeCapability === undefined ? {} : { computeCapability }),
      pids: known.map(({ pid }) => pid).filter((pid) => pid >= 0),
    }
  })
}

function metricDevices(samples: NonNullable<Capture['metricSamples']>): DeviceIdentity[] {
  const found = new Map<string, DeviceIdentity>()
  const set = seriesOf(samples)
  for (const series of set.filter(({ level }) => level !== 'engine')) {
    const entity = set.entity(series)
    if (entity.uuid === undefined && entity.index === undefined) continue
    const ordinal = Number(entity.index)
    found.set(entity.id, {
      ...(entity.index !== undefined && Number.isInteger(ordinal) ? { ordinal } : {}),
      ...(entity.uuid === undefined ? {} : { uuid: canonicalUuid(entity.uuid) }),
      ...(entity.instance === undefined ? {} : { instance: entity.instance }),
      ...(entity.host === undefined ? {} : { host: entity.host }),
      ...(entity.model === undefined ? {} : { name: entity.model }),
      pids: [],
    })
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, identity]) => identity)
}

const same = (by: NonNullable<DeviceVerdict['by']>, reason: string): DeviceVerdict => ({ state: 'same', by, reason })
const different = (reason: string): DeviceVerdict => ({ state: 'different', reason })

/** `sameProcess`: whether the two captures are known to be of one process (pids alone are reused and repeat in containers). */
export function compareDevices(a: DeviceIdentity, b: DeviceIdentity, sameProcess: boolean): DeviceVerdict {
  const slice = sliceVerdict(a, b)
  if (slice !== undefined) return slice
  if (a.uuid !== undefined && b.uuid !== undefined) {
    return a.uuid === b.uuid ? same('uuid', 'equal UUID') : different('their UUIDs differ')
  }
  const model = modelContradiction(a, b)
  if (model !== undefined) return different(model)
  const hostsKnown = a.host !== undefined && b.host !== undefined
  if (hostsKnown && a.host !== b.host) return different('they are in different hosts')
  if (sameProcess && a.ordinal !== undefined && a.ordinal === b.ordinal) return same('process-and-ordinal', 'equal ordinal in one process')
  if (a.pciAddress !== undefined && b.pciAddress !== undefined) {
    if (hostsKnown)
      return a.pciAddress === b.pciAddress
        ? same('host-and-pci-address', 'equal PCI address in one host')
        : different('they sit at different PCI addresses of one host')
    return { state: 'unknown', reason: 'PCI addresses are of a host, and not both captures name theirs' }
  }
  if (hostsKnown && a.ordinal !== undefined && a.ordinal === b.ordinal && a.pids.length === 0 && b.pids.length === 0)
    return same('host-and-ordinal', 'equal index in one host')
  return { state: 'unknown', reason: 'neither UUID nor address in a named host tells' }
}

/** One slice of a device is not the device: counters of one say nothing about the other. */
function sliceVerdict(a: DeviceIdentity, b: DeviceIdentity): DeviceVerdict | undefined {
  if (a.instance === b.instance) return undefined
  return a.uuid === b.uuid || a.uuid === undefined || b.uuid === undefined
    ? { state: 'different', reason: 'one is a MIG slice, the other is another slice or the whole device' }
    : undefined
}

const plainModel = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\bnvidia\b|\btesla\b|\bgeforce\b|\bamd\b/g, '')
    .replace(/[^a-z0-9]+/g, '')

/** Why the two cannot be of one model; undefined where nothing says so. */
export function modelContradiction(a: DeviceIdentity, b: DeviceIdentity): string | undefined {
  if (a.name !== undefined && b.name !== undefined && plainModel(a.name) !== plainModel(b.name))
    return `their models differ: ${a.name} and ${b.name}`
  if (a.computeCapability !== undefined && b.computeCapability !== undefined && a.computeCapability !== b.computeCapability)
    return `their compute capabilities differ: ${a.computeCapability} and ${b.computeCapability}`
  if (a.smCount !== undefined && b.smCount !== undefined && a.smCount !== b.smCount)
    return `their multiprocessors differ: ${a.smCount} and ${b.smCount}`
  return undefined
}

export interface DeviceJoin {
  readonly matched: readonly { readonly left: number; readonly right: number; readonly by: NonNullable<DeviceVerdict['by']> }[]
  /** Devices of a side that several of the other side match. */
  readonly ambiguousLeft: readonly number[]
  readonly ambiguousRight: readonly number[]
  readonly unmatchedLeft: readonly number[]
  readonly unmatchedRight: readonly number[]
  /** Whether a device of either side is, or can be, of the other's model. */
  readonly model: 'equal' | 'different' | 'unknown'
  /** Why what is unmatched is: the distinct reasons, sorted. */
  readonly reasons: readonly string[]
}

export function joinDevices(left: readonly DeviceIdentity[], right: readonly DeviceIdentity[], sameProcess: boolean): DeviceJoin {
  const verdicts = left.map((a) => right.map((b) => compareDevices(a, b, sameProcess)))
  const partnersOf = (row: readonly DeviceVerdict[]): number[] => row.flatMap(({ state }, index) => (state === 'same' ? [index] : []))
  const ofLeft = verdicts.map(partnersOf)
  const ofRight = right.map((_, index) => ofLeft.flatMap((partners, own) => (partners.includes(index) ? [own] : [])))
  const matched = ofLeft.flatMap((partners, own) => {
    const [only] = partners
    const by = only === undefined ? undefined : verdicts[own]?.[only]?.by
    return only !== undefined && by !== undefined && partners.length === 1 && ofRight[only]?.length === 1
      ? [{ left: own, right: only, by }]
      : []
  })
  const isMatched = { left: new Set(matched.map((each) => each.left)), right: new Set(matched.map((each) => each.right)) }
  const split = (partners: readonly (readonly number[])[], settled: ReadonlySet<number>) => ({
    ambiguous: partners.flatMap((own, index) => (own.length > 0 && !settled.has(index) ? [index] : [])),
    unmatched: partners.flatMap((own, index) => (own.length === 0 ? [index] : [])),
  })
  const [l, r] = [split(ofLeft, isMatched.left), split(ofRight, isMatched.right)]
  const reasons = new Set(l.unmatched.flatMap((index) => (verdicts[index] ?? []).map(({ reason }) => reason)))
  return {
    matched,
    ambiguousLeft: l.ambiguous,
    ambiguousRight: r.ambiguous,
    unmatchedLeft: l.unmatched,
    unmatchedRight: r.unmatched,
    model: modelsOf(left, right),
    reasons: [...reasons].sort(),
  }
}

function modelsOf(left: readonly DeviceIdentity[], right: readonly DeviceIdentity[]): DeviceJoin['model'] {
  const pairs = left.flatMap((a) => right.map((b) => [a, b] as const))
  if (pairs.length === 0) return 'unknown'
  if (pairs.every(([a, b]) => modelContradiction(a, b) !== undefined)) return 'different'
  const named = pairs.filter(([a, b]) => a.name !== undefined && b.name !== undefined)
  return named.length === pairs.length && named.every(([a, b]) => modelContradiction(a, b) === undefined) ? 'equal' : 'unknown'
}
