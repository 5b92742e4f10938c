/** `npm run -s prove -- CAPABILITY`: runs what the capability must show, one line per point with its figure; 1 where one falls short. */
import { readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Point, Proof, ProveOptions } from './prove/point.ts'

const folder = join(dirname(fileURLToPath(import.meta.url)), 'prove')

/** Every file in scripts/prove that is not the contract itself. */
function capabilities(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && name !== 'point.ts')
    .map((name) => name.slice(0, -3))
    .sort()
}

/** A point that throws has not been shown: what it said is its figure. */
async function prove(point: Point, options: ProveOptions): Promise<Proof> {
  try {
    return await point.prove(options)
  } catch (error) {
    return { holds: false, figure: error instanceof Error ? error.message : String(error) }
  }
}

/** Prints a line per point; the number of points that fall short. */
export async function proveAll(points: readonly Point[], options: ProveOptions, print: (line: string) => void): Promise<number> {
  let short = 0
  for (const point of points) {
    const started = performance.now()
    const { holds, figure } = await prove(point, options)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    print(`${holds ? 'shown ' : 'SHORT '} ${point.title}: ${figure} (${seconds} s)`)
    if (!holds) short += 1
  }
  // Nothing asked is nothing shown.
  print(`\n${points.length - short} shown, ${short} short`)
  return points.length === 0 ? 1 : short
}

const usage = `npm run -s prove -- CAPABILITY [--seed N] [--seeds N] [--mutants N] [--slow] [--only 2,3,…]
CAPABILITY: ${capabilities().join(', ')}
--slow: 100,000 mutants per reader and five seeds; --only: points whose title begins so`

function whole(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} ${text}: a whole number`)
  return value
}

export async function main(args: readonly string[], print: (line: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      mutants: { type: 'string' },
      slow: { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  })
  const [name] = positionals
  if (name === undefined || !capabilities().includes(name)) {
    print(usage)
    return 2
  }
  const options: ProveOptions = {
    // Others will choose it: so does chance, and the figure says which.
    seed: whole('seed', values.seed, Date.now() % 2 ** 31),
    seeds: whole('seeds', values.seeds, values.slow ? 5 : 1),
    mutants: whole('mutants', values.mutants, values.slow ? 100_000 : 2000),
  }
  const { points } = (await import(`./prove/${name}.ts`)) as { readonly points: readonly Point[] }
  const only = values.only?.split(',')
  const chosen = points.filter(({ title }) => only === undefined || only.some((start) => title.startsWith(start)))
  return (await proveAll(chosen, options, print)) === 0 ? 0 : 1
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2), (line) => console.log(line)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    return 2
  })
}
