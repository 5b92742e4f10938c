/** The devices of a scenario: identities, and what truly happens on each. */
import { Random } from '#base/random.ts'
import type { DcgmScenario } from './scenario.ts'
import { drawSignal, type Levels, type Load, mapped, type Signal } from './signal.ts'

export interface Device {
  readonly node: number
  readonly host: string
  readonly index: number
  readonly uuid: string
  readonly pciBusId: string
  /** Of somebody else, on a node of its own. */
  readonly isBystander: boolean
  /** Signals in SI units by quantity; of a MIG device those of the whole. */
  readonly signals: Readonly<Record<string, Signal>>
  /** MIG: identity and signals of each instance. */
  readonly instances: readonly Instance[]
}

export interface Instance {
  readonly id: string
  readonly profile: string
  readonly signals: Readonly<Record<string, Signal>>
}

const MIB = 1048576

/** Idle and busy levels of an H100 SXM that decodes, and how much a phase may differ. */
const levels: Readonly<Record<string, Levels>> = {
  'graphics-engine-active': { idle: 0, busy: 0.96, spread: 0.03 },
  'sm-active': { idle: 0, busy: 0.82, spread: 0.1 },
  'sm-occupancy': { idle: 0, busy: 0.21, spread: 0.1 },
  'tensor-active': { idle: 0, busy: 0.24, spread: 0.12 },
  'dram-active': { idle: 0.001, busy: 0.61, spread: 0.1 },
  'pcie-transmit': { idle: 2e6, busy: 1.9e9, spread: 0.12 },
  'pcie-receive': { idle: 3e6, busy: 4.2e9, spread: 0.12 },
  'nvlink-transmit': { idle: 0, busy: 88e9, spread: 0.12 },
  'nvlink-receive': { idle: 0, busy: 87e9, spread: 0.12 },
  'board-power': { idle: 71, busy: 560, spread: 0.04 },
  'sm-clock': { idle: 345e6, busy: 1.83e9, spread: 0.02 },
  'gpu-busy': { idle: 0, busy: 0.98, spread: 0.01 },
  'memory-busy': { idle: 0, busy: 0.55, spread: 0.04 },
}

const ratios = new Set(['graphics-engine-active', 'sm-active', 'sm-occupancy', 'tensor-active', 'dram-active', 'gpu-busy', 'memory-busy'])

function constant({ fromMs, toMs }: Load, value: number): Signal {
  return [{ fromMs, toMs, value }]
}

function signalsOf(random: Random, load: Load, scale: number): Record<string, Signal> {
  const signals: Record<string, Signal> = {}
  for (const [quantity, level] of Object.entries(levels)) {
    const drawn = drawSignal(random, load, { ...level, busy: level.busy * scale })
    signals[quantity] = ratios.has(quantity) ? mapped(drawn, (value) => Math.min(1, value)) : drawn
  }
  signals['memory-clock'] = constant(load, 2.619e9)
  signals['memory-used'] = constant(load, 70_000 * MIB)
  signals['memory-free'] = constant(load, 10_000 * MIB)
  // Power limited in about a fifth of the phases: bit 0x4, and its time counted.
  const isLimited = mapped(signals['board-power'] ?? [], (watts) => (watts > 560 * scale * 1.024 ? 1 : 0))
  signals['power-limited'] = isLimited
  signals['clock-event-reasons'] = mapped(isLimited, (value) => value * 0x4)
  return signals
}

function recorded({ fromMs, idleS, loadS }: DcgmScenario): Load {
  const loadFromMs = fromMs + idleS * 1000
  const loadToMs = loadFromMs + loadS * 1000
  return { fromMs, toMs: loadToMs + idleS * 1000, loadFromMs, loadToMs }
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/** Two instances share the device's memory traffic; a device-level ratio is the mean of both, each normalised to its own slice. */
function instancesOf(random: Random, load: Load): Instance[] {
  return [
    { id: '1', profile: '3g.40gb', signals: signalsOf(random, load, 0.9) },
    { id: '2', profile: '3g.40gb', signals: signalsOf(random, load, 0.4) },
  ]
}

export function drawDevices(scenario: DcgmScenario): Device[] {
  const load = recorded(scenario)
  const devices: Device[] = []
  const nodes = scenario.nodes + (scenario.bystander ? 1 : 0)
  for (let node = 0; node < nodes; node += 1) {
    const isBystander = node === scenario.nodes
    const count = isBystander ? 2 : scenario.gpusPerNode
    for (let index = 0; index < count; index += 1) {
      const isMissing = scenario.missingGpu && node === scenario.nodes - 1 && index === scenario.gpusPerNode - 1
      const random = new Random(scenario.seed, `device ${node}/${index}`)
      const id = `${hex(random.uint32(), 8)}-${hex(random.uint32() >>> 16, 4)}-${hex(random.uint32() >>> 16, 4)}-${hex(random.uint32() >>> 16, 4)}-${hex(random.uint32(), 8)}${hex(node, 2)}${hex(index, 2)}`
      // Nodes differ by more than any tolerance, so that mixing them shows.
      const scale = (1 - 0.18 * (node % 4) - 0.02 * Math.floor(node / 4)) * (1 - 0.01 * index)
      const signals = signalsOf(random, load, scale)
      if (isMissing) continue
      devices.push({
        node,
        host: `gpu-node-${String.fromCharCode(97 + (node % 26))}${node >= 26 ? Math.floor(node / 26) : ''}`,
        index,
        uuid: `GPU-${id}`,
        pciBusId: `00000000:${hex(0x18 + index * 0x10, 2).toUpperCase()}:00.0`,
        isBystander,
        signals,
        instances: scenario.mig && node === 0 && index === 3 ? instancesOf(random, load) : [],
      })
    }
  }
  return devices
}
