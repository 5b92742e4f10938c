/** kernels.json, ncu_kernels.json and the DCGM files of a cell: derived from captures, or copied where they are such files already. */
import { basename } from 'node:path'
import { recogniseDevice } from '#analysis/hardware-names.ts'
import { buildKernelsJson } from '#analysis/kernels-json.ts'
import { buildNcuKernelsJson } from '#analysis/ncu-kernels-json.ts'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import { dcgmCorrelationSchema } from '#formats/dcgm-correlation.ts'
import { type DecodeBudget, decodeBudgetSchema } from '#formats/decode-budget.ts'
import { kernelsJsonSchema } from '#formats/kernels-json.ts'
import { ncuKernelsJsonSchema } from '#formats/ncu-kernels-json.ts'
import { type AskContext, ask } from '#pipeline/ask.ts'
import { loadDeviceNames } from '#pipeline/ceilings.ts'
import { cellJson } from '#pipeline/dcgm/cell-json.ts'
import { type CorrelationContext, correlateWindow } from '#pipeline/dcgm/correlate-window.ts'
import { renderDcgmFrozen } from '#pipeline/dcgm-frozen.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { budgetQuestion } from '#pipeline/questions.ts'
import { hashPath } from '#platform/hashing.ts'
import { readJsonFile } from '#store/campaign/cell-artifacts.ts'
import type { ImportRecord } from '#store/campaign/cell-writer.ts'

export interface Artifacts {
  readonly files: Record<string, string>
  readonly records: ImportRecord[]
}

/** Kernels to list; categories are over all. */
const TOP = 20

const recordOf = (kind: ImportRecord['kind'], path: string, sha256: string): ImportRecord => ({
  kind,
  source: basename(path),
  sha256,
  rows: 0,
  notes: [],
})

export async function bringKernels(path: string, configRoot: string): Promise<Artifacts> {
  const opened = await openCapture(path, { needs: [] })
  const { capture, losses, sha256 } = opened
  const own = readJsonFile(path, basename(path), kernelsJsonSchema)
  if (capture.kernelCounters !== undefined)
    throw new SextantError('usage', `${basename(path)} holds hardware counters`, 'Give it with --ncu.')
  const artifact = own.state === 'read' ? own.value : buildKernelsJson(capture, losses, loadFamilyRules(configRoot), TOP)
  return { files: { 'kernels.json': jsonText(artifact) }, records: [recordOf('kernels', path, sha256)] }
}

export async function bringCounters(path: string, configRoot: string): Promise<Artifacts> {
  const { capture, losses, sha256 } = await openCapture(path, { needs: [] })
  const own = readJsonFile(path, basename(path), ncuKernelsJsonSchema)
  if (capture.kernelCounters === undefined)
    throw new SextantError(
      'missing_data',
      `${basename(path)} holds no hardware counters`,
      'Give a report or export of ncu, or ncu_kernels.json.',
    )
  const names = loadDeviceNames(configRoot)
  const keys = new Set(capture.devices.flatMap(({ name }) => (name === undefined ? [] : [recogniseDevice(names, name).key])))
  const [key] = keys
  const fieldKey = keys.size !== 1 || key === undefined ? undefined : ([...names.fieldKeys].find(([, ours]) => ours === key)?.[0] ?? key)
  const artifact = own.state === 'read' ? own.value : buildNcuKernelsJson(capture, losses, loadFamilyRules(configRoot), TOP, fieldKey)
  return { files: { 'ncu_kernels.json': jsonText(artifact) }, records: [recordOf('ncu', path, sha256)] }
}

/** @param given a dcgm_correlation.json, or a dcgm_frozen_v1 YAML from which it is made again. */
export async function bringDcgm(given: string, context: CorrelationContext, hwKey: string | undefined): Promise<Artifacts> {
  const path = context.path(given)
  const sha256 = await hashPath(path)
  if (/\.json$/i.test(path)) {
    const read = readJsonFile(path, basename(path), dcgmCorrelationSchema)
    if (read.state !== 'read')
      throw new SextantError(
        'corrupt_file',
        `${basename(path)} is no dcgm-correlation/1${read.state === 'unreadable' ? `: ${read.reason}` : ''}`,
        'Give the frozen YAML beside it, or run sextant dcgm correlate with --campaign and --cell-id.',
      )
    return { files: { 'dcgm_correlation.json': cellJson(read.value) }, records: [recordOf('dcgm', path, sha256)] }
  }
  const { correlation, frozen } = await correlateWindow(context, { frozenYaml: given, hwKey })
  return {
    files: {
      'dcgm_correlation.json': cellJson(correlation),
      ...(frozen === undefined ? {} : { 'dcgm-frozen.yaml': renderDcgmFrozen(frozen) }),
    },
    records: [recordOf('dcgm', path, sha256)],
  }
}

/** A decode-budget/1, or a timeline of which it is made as `sextant decode-budget` does. */
export async function bringBudget(path: string, { env, configRoot }: CorrelationContext): Promise<Artifacts> {
  const own = /\.json$/i.test(path) ? readJsonFile(path, basename(path), decodeBudgetSchema) : undefined
  const budget = own?.state === 'read' ? own.value : await budgetOf(path, { env, configRoot, cache: false })
  return { files: { 'decode_budget.json': jsonText(budget) }, records: [recordOf('decode-budget', path, await hashPath(path))] }
}

async function budgetOf(path: string, context: AskContext): Promise<DecodeBudget> {
  const { value, sources } = await ask(context, [path], budgetQuestion({}))
  return { ...value, sources }
}
