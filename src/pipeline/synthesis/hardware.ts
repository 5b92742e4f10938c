/** Which hardware the captures are of: key of the ceilings and compute capability, from what they name and what is declared. */

import { recogniseDevice } from '#analysis/hardware-names.ts'
import type { HardwareFacts } from '#analysis/levers/knobs.ts'
import type { Readings } from '#analysis/synthesis/readings.ts'
import type { DeploymentFile } from '#formats/deployment.ts'
import { loadDeviceNames, loadShippedCeilings } from '#pipeline/ceilings.ts'

export function deviceNamesOf({ timed, counters, samples, dcgm }: Readings): string[] {
  const names = [
    ...timed.flatMap(({ timeline }) => timeline?.output.devices.flatMap(({ name }) => name ?? []) ?? []),
    ...counters.flatMap(({ output }) => output.devices.flatMap(({ name }) => name ?? [])),
    ...(samples?.output.deviceNames ?? []),
    ...(dcgm?.correlation.measurement?.gpus.flatMap(({ model }) => model ?? []) ?? []),
  ]
  return [...new Set(names)].sort()
}

/**
 * Sentences on sources whose devices are of different models by their names. `join` sees this between captures of kernels; device counters
 * know no kernels, and only the model relates them.
 */
export function otherModels({ configRoot }: { readonly configRoot: string }, { timed, counters, samples, dcgm }: Readings): string[] {
  if (dcgm === undefined) return []
  const names = loadDeviceNames(configRoot)
  const kernels = [
    ...timed.flatMap(({ timeline }) => timeline?.output.devices.flatMap(({ name }) => name ?? []) ?? []),
    ...counters.flatMap(({ output }) => output.devices.flatMap(({ name }) => name ?? [])),
    ...(samples?.output.deviceNames ?? []),
  ]
  const { key, name } = dcgm.correlation.hardware
  const others = [...new Set(kernels)].sort().filter((each) => {
    const known = recogniseDevice(names, each).key
    return known !== undefined && known !== key
  })
  return others.map((each) => `the kernels ran on ${each}, and the device counters are of ${name}`)
}

/** What captures name wins over what is declared: a declaration is easily of another machine. Nothing where they name several kinds. */
export function hardwareOf(
  { configRoot }: { readonly configRoot: string },
  readings: Readings,
  file: DeploymentFile | undefined,
): HardwareFacts {
  const names = loadDeviceNames(configRoot)
  const { ceilings } = loadShippedCeilings(configRoot)
  const keyOf = (name: string) => (ceilings.hardware.has(name) ? name : (recogniseDevice(names, name).key ?? names.fieldKeys.get(name)))
  const named = new Set(deviceNamesOf(readings).flatMap((name) => keyOf(name) ?? []))
  const declared = [file?.hardware?.key, file?.hardware?.gpu].flatMap((name) => (name === undefined ? [] : (keyOf(name) ?? [])))
  const [key] = named.size === 1 ? named : named.size === 0 ? declared : []
  const computeCapability = key === undefined ? undefined : ceilings.hardware.get(key)?.computeCapability
  return { ...(key === undefined ? {} : { key }), ...(computeCapability === undefined ? {} : { computeCapability }) }
}
