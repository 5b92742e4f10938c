/** `--device` and `--rank` must select something: an empty selection is a mistake to be named, not an answer about the capture. */
import { SextantError } from '#base/errors.ts'
import type { Capture } from '#model/capture.ts'
import type { Device, Timeline } from '#model/timeline.ts'

export interface BudgetSelection {
  /** Ordinal of the device in its file. */
  readonly device?: number
  readonly rank?: number
}

/** The rank of a device: its processes', else the capture's where it holds one device. Undefined: the capture does not say. */
export function rankOfDevice(capture: Capture, timeline: Timeline, device: Device): number | undefined {
  const ranks = new Set(device.processes.flatMap((process) => timeline.processes[process]?.rank ?? []))
  const [only] = ranks
  return ranks.size === 1 ? only : timeline.devices.length === 1 ? capture.rank : undefined
}

export interface PresentDevice {
  readonly ordinal: number
  readonly rank: number | undefined
}

export function presentDevices(capture: Capture): PresentDevice[] {
  const { timeline } = capture
  if (timeline === undefined) return []
  return timeline.devices.map((device) => ({ ordinal: device.ordinal, rank: rankOfDevice(capture, timeline, device) }))
}

/** Throws `missing_data` with what there is to select. */
export function requireSelection(captures: readonly { readonly capture: Capture }[], selection: BudgetSelection): void {
  requirePresent(
    captures.flatMap(({ capture }) => presentDevices(capture)),
    selection,
  )
}

/** The same of devices that are known already. */
export function requirePresent(present: readonly PresentDevice[], { device, rank }: BudgetSelection): void {
  // Captures without any device have an answer of their own: why there is none.
  if (present.length === 0) return
  const ordinals = [...new Set(present.map(({ ordinal }) => ordinal))].sort((a, b) => a - b)
  const ranks = [...new Set(present.flatMap((each) => each.rank ?? []))].sort((a, b) => a - b)
  if (rank !== undefined && ranks.length === 0) {
    throw new SextantError(
      'missing_data',
      'no capture says its rank: --rank selects nothing',
      'Name only the captures of the ranks that you want, or select by --device.',
      { rank },
    )
  }
  if (rank !== undefined && !ranks.includes(rank)) {
    throw new SextantError(
      'missing_data',
      `no capture of rank ${rank}: ranks here are ${ranks.join(', ')}`,
      'Choose one of these, or add the capture of that rank.',
      { rank, ranks },
    )
  }
  if (device !== undefined && !ordinals.includes(device)) {
    throw new SextantError(
      'missing_data',
      `no device ${device}: devices here are ${ordinals.join(', ')}`,
      'Choose one of these, or leave --device out.',
      { device, devices: ordinals },
    )
  }
}
