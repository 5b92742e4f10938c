/** Writes generated captures: `tsx sim/cli.ts CASE --seed N --out DIR`, `tsx sim/cli.ts big --kernels N --out FILE`. */
import { parseArgs } from 'node:util'
import { writeBigFixture } from './big-fixture.ts'
import { writeBigTrace } from './big-trace.ts'
import { caseNames, isCaseName, simCase } from './cases.ts'
import { exporterVersions } from './dcgm/scenario.ts'
import { writeDcgm } from './dcgm/write-case.ts'
import { kinetoDialects } from './kineto/dialect.ts'
import { schemaVersions } from './nsys/schema.ts'
import { writeCase } from './write-case.ts'

const usage = `tsx sim/cli.ts list
tsx sim/cli.ts CASE|all --seed N --out DIR [--format nsys|kineto] [--schema ${schemaVersions.join('|')}] [--dialect ${kinetoDialects.join('|')}] [--gzip]
tsx sim/cli.ts big --kernels N [--host-rows] --seed N --out FILE.sqlite
tsx sim/cli.ts big-trace --megabytes N [--gzip] --seed N --out FILE.json[.gz]
tsx sim/cli.ts dcgm --exporter ${exporterVersions.join('|')} [--plain] [--exported-labels] --seed N --out DIR
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    format: { type: 'string', default: 'nsys' },
    schema: { type: 'string', default: '3.24.0' },
    dialect: { type: 'string', default: 'current' },
    gzip: { type: 'boolean', default: false },
    kernels: { type: 'string', default: '1000000' },
    megabytes: { type: 'string', default: '100' },
    'host-rows': { type: 'boolean', default: false },
    exporter: { type: 'string', default: '4.5' },
    plain: { type: 'boolean', default: false },
    'exported-labels': { type: 'boolean', default: false },
  },
})

function oneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === value)
  if (found === undefined) throw new Error(`${what} ${value}: one of ${allowed.join(', ')}`)
  return found
}

function whole(what: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${what} ${text}: a whole number`)
  return value
}

async function writeCases(name: string, out: string, seed: number): Promise<void> {
  const format = oneOf('--format', values.format, ['nsys', 'kineto'])
  const schema = oneOf('--schema', values.schema, schemaVersions)
  const dialect = oneOf('--dialect', values.dialect, kinetoDialects)
  for (const chosen of name === 'all' ? caseNames : [name]) {
    if (!isCaseName(chosen)) throw new Error(`no case ${chosen}: see list`)
    const { files } = await writeCase(chosen, seed, name === 'all' ? `${out}/${chosen}` : out, {
      format,
      schema,
      dialect,
      gzip: values.gzip,
    })
    process.stdout.write(`${files.join('\n')}\n`)
  }
}

async function main(): Promise<void> {
  const [name] = positionals
  if (name === 'list') {
    for (const known of caseNames) process.stdout.write(`${known.padEnd(32)}${simCase(known).title}\n`)
    return
  }
  if (name === undefined || values.out === undefined) throw new Error(`usage:\n${usage}`)
  const seed = whole('seed', values.seed)
  if (name === 'big') {
    const options = { kernels: whole('kernels', values.kernels), hostRows: values['host-rows'], seed }
    process.stdout.write(`${JSON.stringify(writeBigFixture(values.out, options))}\n`)
  } else if (name === 'dcgm') {
    const exporter = oneOf('--exporter', values.exporter, exporterVersions)
    const options = { seed, exporter, honorLabels: !values['exported-labels'], isPlain: values.plain }
    process.stdout.write(`${writeDcgm(values.out, options).join('\n')}\n`)
  } else if (name === 'big-trace') {
    const options = { bytes: whole('megabytes', values.megabytes) * 1_000_000, gzip: values.gzip, seed }
    process.stdout.write(`${JSON.stringify(await writeBigTrace(values.out, options))}\n`)
  } else await writeCases(name, values.out, seed)
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
})
