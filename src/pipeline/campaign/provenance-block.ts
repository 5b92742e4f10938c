/** The fenced `provenance` block of SOURCE.md. */
import { parse } from 'yaml'
import { type Provenance, provenanceSchema } from '#formats/provenance.ts'

export type ReadProvenance =
  | { readonly state: 'absent' }
  | { readonly state: 'read'; readonly provenance: Provenance }
  | { readonly state: 'unreadable'; readonly reason: string }

/** YAML hashes are read as text where they look like numbers: a commit 1234567 stays “1234567”. */
function asText(value: unknown): unknown {
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return value.map(asText)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asText(each)]))
}

export function provenanceOf(sourceText: string): ReadProvenance {
  const block = /^```provenance[ \t]*\r?\n([\s\S]*?)^```/m.exec(sourceText)?.[1]
  if (block === undefined) return { state: 'absent' }
  let value: unknown
  try {
    value = parse(block)
  } catch (error) {
    return {
      state: 'unreadable',
      reason: `its provenance block is no YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
    }
  }
  const parsed = provenanceSchema.safeParse(asText(value))
  if (parsed.success) return { state: 'read', provenance: parsed.data }
  const [issue] = parsed.error.issues
  return { state: 'unreadable', reason: `its provenance block: ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}` }
}
