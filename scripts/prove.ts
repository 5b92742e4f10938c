/** `npm run -s prove -- CAPABILITY`: runs what the capability must show, one line per point with its figure; 1 where one falls short. */
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Point, Proof } from './prove/point.ts'

const folder = join(dirname(fileURLToPath(import.meta.url)), 'prove')

/** Every file in scripts/prove that is not the contract itself. */
function capabilities(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && name !== 'point.ts')
    .map((name) => name.slice(0, -3))
    .sort()
}

async function prove(point: Point): Promise<Proof> {
  try {
    return await point.prove()
  } catch (error) {
    return { holds: false, figure: error instanceof Error ? error.message : String(error) }
  }
}

async function main(name: string | undefined): Promise<number> {
  if (name === undefined || !existsSync(join(folder, `${name}.ts`)) || name === 'point') {
    console.error(`usage: npm run -s prove -- CAPABILITY, one of: ${capabilities().join(', ')}`)
    return 2
  }
  const { points } = (await import(`./prove/${name}.ts`)) as { readonly points: readonly Point[] }
  let short = 0
  for (const point of points) {
    const started = performance.now()
    const { holds, figure } = await prove(point)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${holds ? 'shown ' : 'SHORT '} ${point.title}: ${figure} (${seconds} s)`)
    if (!holds) short += 1
  }
  console.log(`\n${points.length - short} shown, ${short} short`)
  return short === 0 ? 0 : 1
}

process.exitCode = await main(process.argv[2])
