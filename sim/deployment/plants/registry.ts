/** Everything that can be wrong with a generated deployment. */
import { allReduceBackend, allReduceFusion, stragglerDevice } from './communication.ts'
import { clockThrottled, copyOffload, hostAsync, hostEager } from './host.ts'
import { attentionBackend, attentionCacheType, gemmFallback, gemmWeights, moeConfig } from './kernels.ts'
import type { Plant } from './plant.ts'

export const plants: readonly Plant[] = [
  hostAsync,
  attentionBackend,
  gemmFallback,
  moeConfig,
  allReduceBackend,
  stragglerDevice,
  clockThrottled,
  copyOffload,
  hostEager,
  attentionCacheType,
  gemmWeights,
  allReduceFusion,
]
