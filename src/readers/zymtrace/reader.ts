/**
 * zymtrace: the folder of TSV files of a bundle, the bundle itself, or a saved response of its store.
 * zymtrace's own storage is closed; the TSV contract is that of https://github.com/cfregly/gpu-perf-tune (importers/zymtrace_kernels.py).
 * Not read: flame graphs, SASS and stall reasons. Samples are shares of samples (L1), never time.
 */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { SextantError } from '#base/errors.ts'
import type { Capability, Capture, Loss } from '#model/capture.ts'
import type { Detection, Probe, Reader, ReadOptions, ReadResult, Source } from '#model/reader.ts'
import { ingestLagHint, type SampleShares } from '#model/shares.ts'
import { fileError } from '#platform/access.ts'
import {
  declaredButAbsent,
  describeShortfall,
  MAX_BYTES,
  type Manifest,
  manifestName,
  readManifest,
  tsvFiles,
  tsvFolder,
} from './contract.ts'
import { looksLikeResponse, parseResponse } from './response.ts'
import { readTsvSet } from './tsv-set.ts'

const RESPONSE = 'response.json'
/** Beside a response: without one of these, the folder is not a saved query. */
const besideResponse = ['query.sql', 'query.json', 'schema-anchor.json']

type Layout = 'tsv-set' | 'bundle' | 'response-folder' | 'response'

const textOfBytes = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function layoutOf(probe: Probe): Layout | undefined {
  if (!probe.isDirectory) return looksLikeResponse(textOfBytes(probe.text)) ? 'response' : undefined
  const files = new Set(probe.entries.filter(({ isDirectory }) => !isDirectory).map(({ name }) => name))
  if (Object.keys(tsvFiles).some((name) => files.has(name))) return 'tsv-set'
  if (files.has(RESPONSE) && besideResponse.some((name) => files.has(name))) {
    return looksLikeResponse(textOfBytes(probe.headOf(RESPONSE, 65_536))) ? 'response-folder' : undefined
  }
  if (!files.has(manifestName)) return undefined
  const hasFolder = probe.entries.some(({ name, isDirectory }) => isDirectory && name === tsvFolder)
  return hasFolder || /"zymtrace"/.test(textOfBytes(probe.headOf(manifestName, 65_536))) ? 'bundle' : undefined
}

function detect(probe: Probe): Detection | undefined {
  const layout = layoutOf(probe)
  if (layout === undefined) return undefined
  const titles: Record<Layout, string> = {
    'tsv-set': 'zymtrace samples (TSV set)',
    bundle: 'bundle that holds or declares zymtrace samples',
    'response-folder': 'zymtrace samples (saved query)',
    response: 'zymtrace samples (saved response)',
  }
  return { title: titles[layout], ...(layout === 'bundle' ? { holdsOthers: true, ownEntries: [manifestName] } : {}) }
}

async function read(source: Source, options: ReadOptions): Promise<ReadResult> {
  const result = source.isDirectory ? readFolder(source, options) : readResponse(source.path, source.name, source.isGzip, options)
  options.onProgress?.(source.size, source.size)
  return result
}

function readFolder(source: Source, options: ReadOptions): ReadResult {
  const isFile = (name: string) => statSync(join(source.path, name), { throwIfNoEntry: false })?.isFile() === true
  const isTsvSet = Object.keys(tsvFiles).some(isFile)
  if (!isTsvSet && isFile(RESPONSE)) return readResponse(join(source.path, RESPONSE), RESPONSE, false, options)
  const manifest = readManifest(source.path)
  const { builder, shortfalls, inventory } = readTsvSet(isTsvSet ? source.path : join(source.path, tsvFolder))
  if (shortfalls.length > 0 && manifest.declared === true) throw declaredButAbsent(shortfalls)
  const losses = shortfalls.map((each): Loss => ({ code: 'table-absent', count: 1, what: describeShortfall(each) }))
  const why = shortfalls.map(describeShortfall).join('; ')
  return { capture: captureOf(builder.build(), inventory, whyAbsent(manifest, why), manifest), losses }
}

function whyAbsent({ declared }: Manifest, why: string): string {
  const declaration = declared === false ? `${manifestName} does not declare zymtrace` : 'nothing declares zymtrace'
  return `${why}; ${declaration}, so that is no error, and no measurement of zero either: an empty result is most likely ingest lag`
}

function readResponse(path: string, name: string, isGzip: boolean, options: ReadOptions): ReadResult {
  const { builder, rowCount, unread } = parseResponse(textOf(path, name, isGzip, options), name, options.limits.maxNesting)
  if (rowCount === 0) {
    throw new SextantError(
      'missing_data',
      `${name} holds no row. That is not a measurement of zero: most likely ingest lag.`,
      ingestLagHint,
    )
  }
  if (builder.rows === 0) {
    throw new SextantError('corrupt_file', `no row of ${name} counts samples`, 'Save the response again, with a column samples.')
  }
  const losses =
    unread === 0 ? [] : [{ code: 'rows-without-samples', count: unread, what: `rows of ${name} without a whole number of samples` }]
  return { capture: captureOf(builder.build(), { [name]: rowCount }, `${name} holds no kernel`, {}), losses }
}

function textOf(path: string, name: string, isGzip: boolean, { limits }: ReadOptions): string {
  const limit = Math.min(MAX_BYTES, limits.maxDecompressedBytes)
  const tooLarge = (cause?: unknown) =>
    new SextantError('limit_exceeded', `${name} is larger than ${limit} bytes`, 'Query only the most frequent frames.', { limit }, cause)
  let bytes: Uint8Array
  try {
    if (statSync(path).size > limit) throw tooLarge()
    bytes = readFileSync(path)
  } catch (error) {
    throw fileError(name, error)
  }
  if (!isGzip) return textOfBytes(bytes)
  try {
    return textOfBytes(gunzipSync(bytes, { maxOutputLength: limit }))
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(error)
    throw new SextantError('corrupt_file', `${name} is not a whole gzip file.`, 'Copy it again.', {}, error)
  }
}

const noTimes: Capability = { state: 'absent', reason: 'samples are shares, not times' }

function captureOf(shares: SampleShares, inventory: Capture['inventory'], whyNoKernels: string, manifest: Manifest): Capture {
  const hasKernels = shares.gpuFrames.length > 0
  return {
    kind: 'zymtrace',
    tool: { name: 'zymtrace' },
    clock: { originNs: '0', epoch: 'unknown', resolutionNs: 1 },
    devices: shares.gpus.map(({ name, uuid }, ordinal) => ({
      ordinal,
      ...(uuid === '' ? {} : { uuid }),
      ...(name === '' ? {} : { name }),
      processes: [],
    })),
    capabilities: {
      kernels: noTimes,
      copies: noTimes,
      'host-calls': noTimes,
      ranges: noTimes,
      'os-calls': noTimes,
      'kernel-shares': hasKernels ? { state: 'available' } : { state: 'unknown', reason: whyNoKernels },
    },
    ...(hasKernels || shares.cpuFrames !== undefined || shares.eventKinds.length > 0 ? { shares } : {}),
    graphMode: 'unknown',
    diagnostics:
      manifest.declared === false ? [{ severity: 'info', text: `${manifestName} does not declare zymtrace: no coverage is claimed` }] : [],
    facts: {},
    inventory,
  }
}

export const zymtraceReader: Reader = {
  kind: 'zymtrace',
  title: 'zymtrace samples (TSV set of a bundle, or a saved JSON response)',
  spec: 'https://github.com/cfregly/gpu-perf-tune',
  version: 1,
  detect,
  read,
}
