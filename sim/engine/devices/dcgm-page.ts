/**
 * The page of dcgm-exporter 4.5 with its default counters (facts: dcgm, sections 0 and 1): its names, labels, number formats and wrong TYPEs.
 * PROF fields have no sample before the first interval is over, and NVLink in KiB/s / 1000 is called a counter, as the shipped CSV does.
 */
import type { EngineState } from '#sim/engine/engine-state.ts'
import { type Labels, labelText } from '#sim/engine/metrics/exposition.ts'
import { gpuLabel } from '#sim/engine/profiler/lay-steps.ts'
import type { DeviceReading } from './device-counters.ts'

type Field = readonly [
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  value: (reading: DeviceReading | undefined, state: EngineState) => string | undefined,
]

const totalMib = 183_359
const reservedMib = 1_024
const weightsMib = 120_000

const whole = (value: number): string => String(Math.round(value))
const sixDigits = (value: number): string => value.toFixed(6)

function usedMib({ scheduler }: EngineState): number {
  return weightsMib + Math.round(scheduler.cacheUsage * 40_000)
}

const fields: readonly Field[] = [
  [
    'DCGM_FI_DEV_SM_CLOCK',
    'gauge',
    'SM clock frequency (in MHz).',
    (reading) => (reading === undefined || reading.busyRatio === 0 ? '345' : '1965'),
  ],
  ['DCGM_FI_DEV_MEM_CLOCK', 'gauge', 'Memory clock frequency (in MHz).', () => '3996'],
  ['DCGM_FI_DEV_GPU_TEMP', 'gauge', 'GPU temperature (in C).', (reading) => whole(31 + 30 * (reading?.busyRatio ?? 0))],
  ['DCGM_FI_DEV_POWER_USAGE', 'gauge', 'Power draw (in W).', (reading) => sixDigits(reading?.powerW ?? 145)],
  [
    'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION',
    'counter',
    'Total energy consumption since boot (in mJ).',
    (reading) => whole(reading?.energyMj ?? 0),
  ],
  ['DCGM_FI_DEV_PCIE_REPLAY_COUNTER', 'counter', 'Total number of PCIe retries.', () => '0'],
  ['DCGM_FI_DEV_GPU_UTIL', 'gauge', 'GPU utilization (in %).', (reading) => whole(100 * (reading?.busyRatio ?? 0))],
  ['DCGM_FI_DEV_MEM_COPY_UTIL', 'gauge', 'Memory utilization (in %).', (reading) => whole(100 * (reading?.dramRatio ?? 0))],
  ['DCGM_FI_DEV_XID_ERRORS', 'gauge', 'Value of the last XID error encountered.', () => '0'],
  ['DCGM_FI_DEV_FB_FREE', 'gauge', 'Framebuffer memory free (in MiB).', (_, state) => whole(totalMib - reservedMib - usedMib(state))],
  ['DCGM_FI_DEV_FB_USED', 'gauge', 'Framebuffer memory used (in MiB).', (_, state) => whole(usedMib(state))],
  ['DCGM_FI_DEV_FB_RESERVED', 'gauge', 'Framebuffer memory reserved (in MiB).', () => whole(reservedMib)],
  [
    'DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL',
    'counter',
    'Total number of NVLink bandwidth counters for all lanes.',
    (reading) => (reading === undefined ? '0' : String(Math.floor(reading.nvlinkBytesPerS / 1_024_000))),
  ],
  [
    'DCGM_FI_PROF_GR_ENGINE_ACTIVE',
    'gauge',
    'Ratio of time the graphics engine is active.',
    (reading) => reading && sixDigits(reading.busyRatio),
  ],
  [
    'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE',
    'gauge',
    'Ratio of cycles the tensor (HMMA) pipe is active.',
    (reading) => reading && sixDigits(reading.tensorRatio),
  ],
  [
    'DCGM_FI_PROF_DRAM_ACTIVE',
    'gauge',
    'Ratio of cycles the device memory interface is active sending or receiving data.',
    (reading) => reading && sixDigits(reading.dramRatio),
  ],
  [
    'DCGM_FI_PROF_PCIE_TX_BYTES',
    'gauge',
    'The rate of data transmitted over the PCIe bus - including both protocol headers and data payloads - in bytes per second.',
    (reading) => reading && whole(reading.pcieTxBytesPerS),
  ],
  [
    'DCGM_FI_PROF_PCIE_RX_BYTES',
    'gauge',
    'The rate of data received over the PCIe bus - including both protocol headers and data payloads - in bytes per second.',
    (reading) => reading && whole(reading.pcieRxBytesPerS),
  ],
]

/** GPU 0 is the device of the traces; the others of the group do the same work. */
function deviceLabels({ options }: EngineState, gpu: number): Labels {
  return {
    gpu: String(gpu),
    UUID: gpuLabel(options, gpu),
    pci_bus_id: `00000000:${(0x1b + gpu * 0x11).toString(16).toUpperCase().padStart(2, '0')}:00.0`,
    device: `nvidia${gpu}`,
    modelName: options.gpuName,
    Hostname: 'simulated-node',
    DCGM_FI_DRIVER_VERSION: '580.105.08',
  }
}

export function dcgmPage(state: EngineState): string {
  const reading = state.devices.read(state.clock.now(), state.loop.openSinceNs)
  const gpus = Array.from({ length: state.options.tensorParallel }, (_, gpu) => labelText(deviceLabels(state, gpu)))
  const lines = fields.flatMap(([name, type, help, value]) => {
    const text = value(reading, state)
    if (text === undefined) return []
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...gpus.map((labels) => `${name}${labels} ${text}`)]
  })
  return `${lines.join('\n')}\n`
}
