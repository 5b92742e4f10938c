/** The exposition scanner against an independent reading, and what the formats' specifications single out. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelText, type MetricSamples, parseLabels } from '#model/metric-samples.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { openSource } from '#platform/access.ts'
import { listShared, sharedDataAbsent, sharedTruth } from '../../../tests/support/shared-data.ts'
import { expositionReader, looksLikeExposition } from './exposition-reader.ts'
import { ExpositionScanner, parseValue } from './exposition-scanner.ts'

function scan(text: string): { readonly samples: MetricSamples; readonly losses: string[] } {
  const scanner = new ExpositionScanner()
  for (const line of text.split('\n')) {
    const bytes = Buffer.from(line)
    if (bytes.length > 0) scanner.line(bytes, 0, bytes.length)
  }
  return { samples: scanner.finish(), losses: scanner.losses.list().map(({ code, count }) => `${code} ${count}`) }
}

interface Row {
  readonly name: string
  readonly labels: Readonly<Record<string, string>> | undefined
  readonly value: number
  readonly timeNs?: number
}

function rows({ names, labelTexts, length, name, labels, value, timeNs }: MetricSamples): Row[] {
  return Array.from({ length }, (_, row) => ({
    name: names[name[row] ?? 0] ?? '',
    labels: parseLabels(labelTexts.at(labels[row] ?? 0) ?? ''),
    value: value[row] ?? Number.NaN,
    ...(timeNs === undefined ? {} : { timeNs: timeNs[row] ?? Number.NaN }),
  }))
}

interface Truth {
  readonly samples: number
  readonly series_names: number
  readonly typed_families: number
  readonly types: Readonly<Record<string, number>>
  readonly gpus: readonly (readonly [string, string, string])[]
  readonly selected: Readonly<
    Record<string, readonly { readonly gpu: string | null; readonly labels: Readonly<Record<string, string>>; readonly value: string }[]>
  >
}

test('every real dump equals its truth', async (context) => {
  const paths = listShared('metrics')
  if (paths.length === 0) context.skip(sharedDataAbsent)
  for (const path of paths) {
    const name = basename(path)
    const { capture, losses } = await expositionReader.read(openSource(path), { needs: new Set(), limits: defaultReadLimits })
    const truth = sharedTruth(name) as Truth
    const samples = capture.metricSamples as MetricSamples
    expect(losses, name).toEqual([])
    expect([samples.length, samples.names.length], name).toEqual([truth.samples, truth.series_names])
    const typed = samples.families.filter(({ type }) => type !== undefined)
    expect(typed, name).toHaveLength(truth.typed_families)
    expect(
      Object.fromEntries(Object.keys(truth.types).map((type) => [type, typed.filter((family) => family.type === type).length])),
      name,
    ).toEqual(truth.types)
    const found = rows(samples)
    for (const [series, entries] of Object.entries(truth.selected)) {
      const mine = found.filter((row) => row.name === series)
      expect(
        mine.map(({ value }) => value),
        `${name} ${series}`,
      ).toEqual(entries.map(({ value }) => Number(value)))
      for (const [index, entry] of entries.entries()) {
        expect(mine[index]?.labels?.['gpu'] ?? null).toBe(entry.gpu)
        expect(mine[index]?.labels).toMatchObject(entry.labels)
      }
    }
    const gpus = new Set(
      found.flatMap(({ labels }) => (labels?.['UUID'] === undefined ? [] : [`${labels['gpu']} ${labels['UUID']} ${labels['modelName']}`])),
    )
    expect([...gpus], name).toEqual(truth.gpus.map((gpu) => gpu.join(' ')))
    // The independent reading: one regular expression over the text.
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    expect(found.map(({ value }) => value)).toEqual(lines.map((line) => Number(line.slice(line.lastIndexOf(' ') + 1))))
  }
})

test('the formats’ own examples: timestamps, escapes, missing labels, special values, exemplars, end of file', () => {
  const { samples, losses } = scan(`# HELP http_requests_total The total\\nnumber of \\\\ requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400",}    3 1395066363001

# a comment
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\" } {"} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
 indented	-0.5
nan_value NaN
`)
  expect(losses).toEqual([])
  const found = rows(samples)
  expect(found.map(({ value }) => value)).toEqual([1027, 3, 1458255915, 12.47, Number.POSITIVE_INFINITY, -0.5, Number.NaN])
  expect(found[2]?.labels).toEqual({ path: 'C:\\DIR\\FILE.TXT', error: 'Cannot find file:\n"FILE.TXT" } {' })
  expect(samples.originNs).toBe('1395066363000000000')
  expect(found.slice(0, 3).map(({ timeNs }) => timeNs)).toEqual([0, 1_000_000, Number.NaN])
  expect(samples.families[0]).toEqual({ name: 'http_requests_total', type: 'counter', help: 'The total\nnumber of \\ requests.' })
})

test('OpenMetrics: seconds, exemplars, units, quoted names', () => {
  const { samples, losses } = scan(`# TYPE foo_seconds histogram
# UNIT foo_seconds seconds
foo_seconds_bucket{le="0.1"} 8 1520879607.789 # {trace_id="abc def"} 0.067 1520879607
foo_seconds_bucket{le="+Inf"} 17 1520879608.789
{"my.dotted.metric", key="v"} 1
# EOF`)
  expect(losses).toEqual([])
  expect([samples.dialect, samples.exemplars, samples.originNs]).toEqual(['openmetrics', 1, '1520879607000000000'])
  expect(samples.families).toEqual([{ name: 'foo_seconds', type: 'histogram', unit: 'seconds' }])
  const found = rows(samples)
  expect(found[1]?.timeNs).toBeCloseTo(1_789_000_000, -3)
  expect(found[2]?.name).toBe('my.dotted.metric')
})

test('lines that are no sample are counted, and nothing of them is kept', () => {
  const { samples, losses } = scan('ok 1\nbroken\nbroken{a="b" 1\nbroken{} x\nbroken{a="b"}\n{} 1\nok 1 2 3\nok{a="b"} 2')
  expect(losses).toEqual(['unparsed-lines 6'])
  expect(rows(samples).map(({ value }) => value)).toEqual([1, 2])
})

test('any labels and values come back equal', () => {
  const label = fc.dictionary(fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/), fc.string({ unit: 'binary', maxLength: 12 }), {
    maxKeys: 4,
  })
  const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY))
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,12}$/), label, value), { maxLength: 20 }), (entries) => {
      const write = (number: number) =>
        Number.isFinite(number) ? String(number) : Number.isNaN(number) ? 'NaN' : number > 0 ? '+Inf' : '-Inf'
      // A lone surrogate has no UTF-8: the file holds the replacement character.
      const wellFormed = entries.map(
        ([name, labels, number]) =>
          [name, JSON.parse(Buffer.from(JSON.stringify(labels)).toString()) as Record<string, string>, number] as const,
      )
      const scanner = new ExpositionScanner()
      for (const [name, labels, number] of wellFormed) {
        const bytes = Buffer.from(`${name}{${labelText(labels)}} ${write(number)}`)
        scanner.line(bytes, 0, bytes.length)
      }
      expect(scanner.losses.list()).toEqual([])
      expect(rows(scanner.finish()).map(({ name, labels, value: number }) => [name, labels, number])).toEqual(
        wellFormed.map(([name, labels, number]) => [
          name,
          Object.fromEntries(Object.entries(labels).map(([key, text]) => [key, toWellFormed(text)])),
          number === 0 ? 0 : number,
        ]),
      )
    }),
    { seed: 20261122, numRuns: 300 },
  )
})

function toWellFormed(text: string): string {
  return Buffer.from(text).toString()
}

test('values are exactly what the text says', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => parseValue(String(number)) === number),
    { seed: 1, numRuns: 500 },
  )
  for (const text of ['0.1', '123456789012345', '1234567890123456789', '.5', '5.', '1e-7', '0.000001', '31.742933999999998'])
    expect(rows(scan(`m ${text}`).samples)[0]?.value, text).toBe(Number(text))
  for (const text of ['', '-', '1.2.3', '0x10', '1e', 'infinite', '1_000']) expect(parseValue(text), text).toBeUndefined()
})

test('detection: samples with declarations or known names, and no other text', () => {
  expect(looksLikeExposition('# TYPE a gauge\na 1\n')).toBe(true)
  expect(looksLikeExposition('vllm:num_requests_running{engine="0"} 1.0\n')).toBe(true)
  for (const text of [
    'a 1\nb 2\n',
    '# a heading\nsome text 1\n',
    '# TYPE a gauge\n',
    'key: value\n',
    '# HELP x\nfoo bar baz\nmore words here\n',
    '## Results\n\nthroughput 500\n',
  ])
    expect(looksLikeExposition(text), text).toBe(false)
})

test('detection takes linear time on runs of spaces (a mutant of the fuzz suite took half a minute)', () => {
  const page = `# TYPE vllm:a gauge\nvllm:a 1\nvllm:b${' '.repeat(30_000)}x\nvllm:c{a="${'}'.repeat(20_000)}"} 1\nvllm:d${' '.repeat(9000)}7\n`
  const begun = process.cpuUsage().user
  expect(looksLikeExposition(page)).toBe(false)
  expect(looksLikeExposition(page.replace('x\n', '2\n'))).toBe(true)
  expect((process.cpuUsage().user - begun) / 1e6).toBeLessThan(2)
})
