/** Splits a DCGM total over kernel categories, from the files that a request names. */
import type { Ceilings } from '#analysis/ceilings.ts'
import type { Attribute } from '#analysis/dcgm/correlate.ts'
import type { SourceReference } from '#formats/source.ts'
import type { CorrelationContext } from './correlate-window.ts'
import type { CorrelationRequest } from './request.ts'

export interface Attribution {
  readonly attribute?: Attribute
  readonly sources: readonly SourceReference[]
}

export async function attributionOf(_context: CorrelationContext, _request: CorrelationRequest, _ceilings: Ceilings): Promise<Attribution> {
  return { sources: [] }
}
