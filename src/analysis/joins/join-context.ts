/** What two captures say of the conditions they ran under. Figures of two runs compare only where all of it is equal (methodology, rule 41). */
import type { JoinPair } from '#formats/join.ts'
import { contextValue } from '#model/bench-result.ts'
import { modelContradiction } from './device-identity.ts'
import type { JoinSource } from './relate.ts'

type Field = 'model' | 'device model' | 'quantization' | 'ranks' | 'batch' | 'input and output lengths'

/** Order of the answer. A capture seldom says more than its device. */
const fields: readonly Field[] = ['model', 'device model', 'quantization', 'ranks', 'batch', 'input and output lengths']

export function compareContext(left: JoinSource, right: JoinSource, withBatch: boolean): JoinPair['context'] {
  const differences: string[] = []
  const missing: string[] = []
  for (const field of fields) {
    if (field === 'batch' && !withBatch) {
      missing.push(field)
      continue
    }
    const [a, b] = [fieldOf(left, field), fieldOf(right, field)]
    if (a === undefined || b === undefined) missing.push(field)
    else if (field === 'device model' ? devicesContradict(left, right) : a !== b) differences.push(`${field}: ${a} and ${b}`)
  }
  return { state: differences.length > 0 ? 'different' : missing.length > 0 ? 'unknown' : 'equal', differences, missing }
}

function devicesContradict(left: JoinSource, right: JoinSource): boolean {
  return left.devices.some((a) => right.devices.every((b) => modelContradiction(a, b) !== undefined))
}

function fieldOf(source: JoinSource, field: Field): string | undefined {
  const { capture, devices } = source
  if (field === 'device model') {
    const names = [...new Set(devices.flatMap(({ name }) => name ?? []))].sort()
    return names.length === 0 ? undefined : names.join(', ')
  }
  if (field === 'ranks') return capture.worldSize === undefined ? undefined : String(capture.worldSize)
  if (field === 'batch') {
    const batches = new Set(source.budget().devices.flatMap(({ steps }) => steps?.batch?.realMedian ?? []))
    const [only] = batches
    return batches.size === 1 ? String(only) : undefined
  }
  const context = capture.benchResult?.context ?? []
  if (field === 'input and output lengths') {
    const lengths = ['inputTokensLabel', 'outputTokensLabel'].map((name) => contextValue(context, name))
    return lengths.some((length) => length === undefined) ? undefined : lengths.join(' and ')
  }
  const value = contextValue(context, field)
  return value === undefined ? undefined : String(value)
}
