/** Rigor of a bundle: that of its strongest valid source, from what it holds and never from what it declares (facts/formats.md, section 11). */
import type { InventoryItem, Synthesis } from '#formats/synthesis.ts'

export function solRigor(inventory: readonly InventoryItem[]): Synthesis['sol_rigor'] {
  const tiers = inventory.flatMap(({ state, tier }) => (state === 'valid' && tier !== undefined ? [tier] : [])).sort()
  return tiers.at(-1) ?? 'none'
}
