/** Everything that can be wrong with a generated deployment. */
import { allReduceBackend, allReduceFusion, stragglerDevice, stragglerHost } from './communication.ts'
import { clockThrottled, copyOffload, hostAsync, hostEager } from './host.ts'
import { attentionBackend, attentionCacheType, gemmFallback, gemmWeights, moeConfig } from './kernels.ts'
import type { Plant } from './plant.ts'
import { cacheRouting, cacheTooSmall, draftTooDeep, prefillChunk } from './serving.ts'
import { attentionAndGemm, hostAndAttention } from './two.ts'

export const plants: readonly Plant[] = [
  hostAsync,
  prefillChunk,
  attentionBackend,
  cacheTooSmall,
  gemmFallback,
  cacheRouting,
  moeConfig,
  draftTooDeep,
  allReduceBackend,
  stragglerDevice,
  clockThrottled,
  copyOffload,
  hostEager,
  attentionCacheType,
  gemmWeights,
  allReduceFusion,
  stragglerHost,
  hostAndAttention,
  attentionAndGemm,
]
