/** Which kernels a disagreement may let spin. */
import type { Deployment } from './deployment.ts'
import type { GroupName } from './mechanism.ts'

/** Far enough below both roofs for busy multiprocessors to be no work done. */
const FAR_FROM_ROOF = 0.38

/** The group whose multiprocessors a disagreement may keep busy; undefined where none is far from its roof. */
export function spinningGroup({ mechanism: { groups }, uncounted }: Deployment): GroupName | undefined {
  const [hottest] = (['attention', 'gemm', 'moe'] as const)
    .filter((name) => groups[name] !== undefined)
    .toSorted((a, b) => (groups[b]?.ns ?? 0) - (groups[a]?.ns ?? 0))
  const work = hottest === undefined ? undefined : groups[hottest]
  if (hottest === undefined || work === undefined || uncounted.includes(hottest)) return undefined
  return Math.max(work.dramRatio, work.flopRatio) > FAR_FROM_ROOF ? undefined : hottest
}
