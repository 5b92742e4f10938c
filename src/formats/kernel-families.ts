/** `configs/kernel-families.yaml`: which family a kernel belongs to, as data. */
import * as z from 'zod'

/** What a kernel does for an LLM step, coarsely: the unit of a budget. Communication is what the sweep separates from compute. */
export const kernelRoles = [
  'communication',
  'attention',
  'gemm',
  'moe',
  'quantisation',
  'norm',
  'rope',
  'activation',
  'kv-write',
  'sampling',
  'speculation',
  'input-prep',
  'elementwise',
  'copy',
  'other',
] as const
export type KernelRole = (typeof kernelRoles)[number]

const pattern = z.string().min(1)

export const kernelFamilyRule = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  family: z.string().regex(/^[a-z0-9-]+$/),
  role: z.enum(kernelRoles),
  /** JavaScript regular expressions, case-sensitive and unanchored; any one makes the rule match. */
  patterns: z.array(pattern).min(1),
  /** A name that matches any of these does not belong to the rule. */
  except: z.array(pattern).optional(),
  /** Rule ids, or `*`: where such a rule matches too, this one stands back. */
  yieldsTo: z.array(z.string()).optional(),
  /** Rule ids, or `*`: where such a rule matches too, that one stands back. */
  overrides: z.array(z.string()).optional(),
  source: z.string().min(1),
  note: z.string().optional(),
})
export type KernelFamilyRule = z.infer<typeof kernelFamilyRule>

export const kernelFamilies = z.strictObject({
  schema: z.literal('kernel-families/1'),
  rules: z.array(kernelFamilyRule).min(1),
})
export type KernelFamilies = z.infer<typeof kernelFamilies>
