/** What a series of a metrics endpoint measures, whatever its exporter calls it. */

export type MetricUnit =
  | 'ratio'
  | 'B/s'
  | 'B'
  | 'W'
  | 'J'
  | 'Hz'
  | 'celsius'
  | 's'
  | 'tokens'
  | 'tokens/s'
  | 'requests'
  | 'count'
  | 'bitmask'
  | 'code'

/** `rate`: the value is already per second, whatever TYPE says; never difference it. */
export type MetricSemantics = 'gauge' | 'rate' | 'counter' | 'histogram' | 'info'

export interface MetricName {
  readonly name: string
  /** Value times factor is in the quantity's unit. */
  readonly factor: number
  /** The name changed its unit between versions without changing itself: values above 1 are percent. */
  readonly valueTested?: true
  readonly source: string
}

export interface MetricQuantity {
  readonly quantity: string
  readonly unit: MetricUnit
  readonly semantics: MetricSemantics
  /** What one series belongs to. Values of level `gpu` repeat for every MIG instance and must not be summed over them. */
  readonly level: 'gpu' | 'gpu-instance' | 'compute-instance' | 'engine'
  /** How the engines of one deployment (data parallel ranks) combine; GPUs are never combined here. */
  readonly across: 'sum' | 'mean' | 'none'
  readonly names: readonly MetricName[]
  readonly note?: string
}
