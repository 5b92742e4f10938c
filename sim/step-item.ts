/** One piece of device work of a step, before anything about time. */

export type ActivityClass = 'compute' | 'communication' | 'memcpy' | 'memset' | 'graph'
export type StreamRole = 'main' | 'communication' | 'copy'

export interface StepItem {
  readonly class: ActivityClass
  readonly name: string
  readonly durationNs: number
  readonly stream: StreamRole
  /** Index of an item on another stream that must have ended, -1 = none. */
  readonly waitFor: number
  /** Graph of this step that holds the item, -1 = launched alone. */
  readonly graph: number
  readonly bytes: number
  /** nsys copyKind: 1 host to device, 2 device to host, 8 device to device. */
  readonly copyKind: number
  /** The host side of a copy is pageable memory. */
  readonly pageable?: boolean
}
