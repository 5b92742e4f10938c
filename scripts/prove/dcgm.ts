/** What DCGM correlation must show: live servers, arithmetic, files, the public peer's errors. */
import { arithmeticPoints } from './dcgm/arithmetic.ts'
import { livePoints } from './dcgm/live.ts'
import type { Point } from './point.ts'

export const points: readonly Point[] = [...livePoints, ...arithmeticPoints]
