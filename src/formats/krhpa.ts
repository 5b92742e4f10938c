/** Coordinates of kernels as the field gives them (facts/formats.md, section 9): integers 1 to 4, carried and never computed. */
import * as z from 'zod'

const axis = z.int().min(1).max(4)

export const coordinateSchema = z.strictObject({
  K: axis.describe('Which kernel or operation is addressed'),
  R: axis.describe('Realisation: library, Triton, graph-captured…'),
  H: axis.describe('Hardware specialisation: 1 = plain FMA, 4 = tensor-core library of this architecture; its proof needs ncu'),
  P: axis.describe('Performance target'),
  A: axis.describe('Named and not defined publicly: stored, not interpreted'),
  name: z.string().min(1).describe('Of the kernel; of a baseline: the one that serves in production'),
})
export type Coordinate = z.infer<typeof coordinateSchema>

export const krhpaSchema = z.strictObject({ candidate: coordinateSchema, baseline: coordinateSchema })
export type Krhpa = z.infer<typeof krhpaSchema>
