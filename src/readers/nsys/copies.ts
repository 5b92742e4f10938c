/** CUPTI_ACTIVITY_KIND_MEMCPY, …_MEMSET and …_SYNCHRONIZATION. */
import { grown, trimmed } from '#base/columns.ts'
import { type ActivityTable, type CopyTable, copyKinds, type MemsetTable, type SyncTable, syncKinds } from '#model/timeline.ts'
import { ActivityColumns, emptyActivity } from './activity-columns.ts'
import { numbersAt, tableNamed } from './column-plan.ts'
import { initialCapacity, type ReadState } from './read-state.ts'

const OTHER = copyKinds.indexOf('other')

/** CUPTI's copyKind: 1 HtoD, 2 DtoH, 8 DtoD, 9 HtoH, 10 PtoP; 3 to 7 are array copies, 11 to 13 unified-memory migrations. */
const KIND_OF_CUPTI: Readonly<Record<number, number>> = {
  0: copyKinds.indexOf('unknown'),
  1: copyKinds.indexOf('host-to-device'),
  2: copyKinds.indexOf('device-to-host'),
  8: copyKinds.indexOf('device-to-device'),
  9: copyKinds.indexOf('host-to-host'),
  10: copyKinds.indexOf('peer-to-peer'),
}

export function copyKindOf(cupti: number): number {
  return KIND_OF_CUPTI[cupti] ?? (cupti >= 0 ? OTHER : 0)
}

/** CUPTI's memory kind 0 is pageable host memory. */
const PAGEABLE = 0

export async function readCopies(state: ReadState): Promise<{ exists: boolean; table: CopyTable }> {
  const info = tableNamed(state.source, 'CUPTI_ACTIVITY_KIND_MEMCPY')
  if (info === undefined) return { exists: false, table: { ...emptyActivity, bytes: new Float64Array(0), copyKind: new Uint8Array(0) } }
  const activity = new ActivityColumns(state, info)
  const { plan } = activity
  const [bytesAt, kindAt, sourceAt, targetAt] = ['bytes', 'copyKind', 'srcKind', 'dstKind'].map((name) => plan.add(name, 'number')) as [
    number,
    number,
    number,
    number,
  ]
  const capacity = initialCapacity(info)
  let bytes = new Float64Array(capacity)
  let kind = new Uint8Array(capacity)
  let pageable = new Uint8Array(capacity)
  await state.scan(info, plan, (batch) => {
    const first = activity.append(batch)
    bytes = grown(bytes, activity.length)
    kind = grown(kind, activity.length)
    pageable = grown(pageable, activity.length)
    const [sizes, kinds, sources, targets] = [bytesAt, kindAt, sourceAt, targetAt].map((position) => numbersAt(batch, position))
    for (let index = 0; index < activity.keptCount; index++) {
      const row = activity.kept[index] as number // in bounds: keptCount rows of the batch
      const cupti = kinds?.[row] ?? -1
      bytes[first + index] = sizes?.[row] ?? Number.NaN
      kind[first + index] = copyKindOf(cupti)
      pageable[first + index] = (cupti === 1 && sources?.[row] === PAGEABLE) || (cupti === 2 && targets?.[row] === PAGEABLE) ? 1 : 0
    }
  })
  const { length } = activity
  return {
    exists: true,
    table: {
      ...activity.finish(),
      bytes: trimmed(bytes, length),
      copyKind: trimmed(kind, length),
      ...(sourceAt < 0 || targetAt < 0 ? {} : { pageable: trimmed(pageable, length) }),
    },
  }
}

export async function readMemsets(state: ReadState): Promise<{ exists: boolean; table: MemsetTable }> {
  const info = tableNamed(state.source, 'CUPTI_ACTIVITY_KIND_MEMSET')
  if (info === undefined) return { exists: false, table: { ...emptyActivity, bytes: new Float64Array(0) } }
  const activity = new ActivityColumns(state, info)
  const bytesAt = activity.plan.add('bytes', 'number')
  let bytes = new Float64Array(initialCapacity(info))
  await state.scan(info, activity.plan, (batch) => {
    const first = activity.append(batch)
    const sizes = numbersAt(batch, bytesAt)
    bytes = grown(bytes, activity.length)
    for (let index = 0; index < activity.keptCount; index++) bytes[first + index] = sizes?.[activity.kept[index] as number] ?? Number.NaN
  })
  const { length } = activity
  return { exists: true, table: { ...activity.finish(), bytes: trimmed(bytes, length) } }
}

export async function readSyncs(state: ReadState): Promise<SyncTable | undefined> {
  const info = tableNamed(state.source, 'CUPTI_ACTIVITY_KIND_SYNCHRONIZATION')
  if (info === undefined) return undefined
  const activity = new ActivityColumns(state, info)
  const current = activity.plan.add('syncType', 'number')
  const kindAt = current >= 0 ? current : activity.plan.add('deprecatedSyncType', 'number')
  let kind = new Uint8Array(initialCapacity(info))
  await state.scan(info, activity.plan, (batch) => {
    const first = activity.append(batch)
    const kinds = numbersAt(batch, kindAt)
    kind = grown(kind, activity.length)
    for (let index = 0; index < activity.keptCount; index++) {
      const value = kinds?.[activity.kept[index] as number] ?? 0
      kind[first + index] = value > 0 && value < syncKinds.length ? value : 0
    }
  })
  const { length } = activity
  const table: ActivityTable = activity.finish()
  return { ...table, syncKind: trimmed(kind, length) }
}
