/** The kernel artifact of a cell from any capture that knows kernels: kernels.json of times or samples, ncu_kernels.json of counters. */
import { type DeviceNames, recogniseDevice } from '#analysis/hardware-names.ts'
import { buildKernelsJson } from '#analysis/kernels-json.ts'
import { buildNcuKernelsJson } from '#analysis/ncu-kernels-json.ts'
import type { KernelExport } from '#formats/kernel-export.ts'
import type { Question } from './ask.ts'
import { loadDeviceNames } from './ceilings.ts'

/** The key that the field's files use for the one hardware of a capture; ours where they have none. */
function fieldKeyOf(devices: readonly { readonly name?: string }[], names: DeviceNames): string | undefined {
  const keys = new Set(devices.flatMap(({ name }) => (name === undefined ? [] : [recogniseDevice(names, name).key])))
  const [key] = keys
  if (keys.size !== 1 || key === undefined) return undefined
  return [...names.fieldKeys].find(([, ours]) => ours === key)?.[0] ?? key
}

/** @param top kernels to list, 0 for all; categories are over all. */
export function kernelArtifactQuestion(configRoot: string, top: number): Question<Pick<KernelExport, 'artifact' | 'losses'>> {
  return {
    name: 'kernels-json',
    options: { top },
    needs: [],
    compute([study], rules) {
      if (study === undefined) throw new Error('a question about one capture was asked of none')
      const { capture, losses } = study
      const artifact: KernelExport['artifact'] =
        capture.kernelCounters === undefined
          ? buildKernelsJson(capture, losses, rules, top)
          : buildNcuKernelsJson(capture, losses, rules, top, fieldKeyOf(capture.devices, loadDeviceNames(configRoot)))
      return { artifact, losses: [...losses] }
    },
  }
}
