/**
 * What a bundle, or the files given beside it, say of the deployment: deployment/1 (YAML or JSON), a launch command, values of a chart, the
 * engine’s log at its start, and a model’s config.json. Recognised by content.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { LineCounter, parseAllDocuments } from 'yaml'
import { SextantError } from '#base/errors.ts'
import type { EngineKnobs } from '#formats/engine-knobs.ts'
import { fileError } from '#platform/access.ts'
import { readFile } from './deployment/deployment-file.ts'
import type { DeploymentPart } from './deployment/deployment-part.ts'
import { looksLikeLog, readLog } from './deployment/engine-log.ts'
import { readValues } from './deployment/helm-values.ts'
import { looksLikeLaunch, readLaunch } from './deployment/launch-command.ts'
import { looksLikeModel, readModel } from './deployment/model-config.ts'

/** A configuration is small; of a log only its beginning holds what the engine settled on. */
const MOST_BYTES = 8 * 1024 * 1024

/**
 * @param source how the file is named to people.
 * @returns undefined where the file says nothing of a deployment: a bundle holds many others.
 * Throws `corrupt_file` or `unknown_format` where it is one and cannot be read.
 */
export function findDeployment(path: string, source: string, knobs: EngineKnobs): DeploymentPart | undefined {
  const text = beginning(path)
  if (text === undefined) return undefined
  return partOf(text, source, knobs)
}

/** For `--engine-config`: a file that is none is an error that says what is taken. */
export function readEngineConfig(path: string, source: string, knobs: EngineKnobs): DeploymentPart {
  const part = findDeployment(path, source, knobs)
  if (part !== undefined && part.kind !== 'model') return part
  const what = part === undefined ? 'names no engine that is known' : 'is a model’s config.json: give it as --model-config'
  throw new SextantError(
    'unknown_format',
    `${source} ${what}`,
    'Give a deployment/1 file (YAML or JSON), the launch command as text (`vllm serve …`, `python -m sglang.launch_server …`, `trtllm-serve …`), values of a Helm chart, or the log of the engine’s start.',
  )
}

/** For `--model-config`. */
export function readModelConfig(path: string, source: string): DeploymentPart {
  const value = parseJson(beginning(path) ?? '')
  if (looksLikeModel(value)) return readModel(value, source)
  throw new SextantError(
    'unknown_format',
    `${source} is no config.json of a model: it has no architectures with hidden_size or num_hidden_layers`,
    'Give the config.json that stands beside the weights.',
  )
}

function partOf(text: string, source: string, knobs: EngineKnobs): DeploymentPart | undefined {
  const json = /^\s*\{/.test(text) ? parseJson(text) : undefined
  if (json !== undefined) {
    if (looksLikeModel(json)) return readModel(json, source)
    return isDeployment(json) ? readFile(json, source, knobs) : readValues([json], source, knobs)
  }
  if (/^schema:\s*["']?deployment\//m.test(text)) return readFile(yamlOf(text, source)[0], source, knobs)
  // A log quotes commands, and values hold them: each is asked before the looser one.
  if (looksLikeLog(text)) return readLog(text, source, knobs)
  const values = mayBeValues(text) ? readValues(yamlOrNothing(text), source, knobs) : undefined
  if (values !== undefined) return values
  return looksLikeLaunch(text) ? readLaunch(text, source, knobs) : undefined
}

const mayBeValues = (text: string): boolean =>
  /^\s*-?\s*(?:extraArgs|args|command|env|extraEnv|environment|image|vllm|vllmConfig|sglang|trtllm)\s*:/im.test(text)

const isDeployment = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'schema' in value && String(value.schema).startsWith('deployment/')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function yamlOf(text: string, source: string): unknown[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true })
  const list = Array.isArray(documents) ? documents : []
  for (const { errors } of list) {
    const [error] = errors
    if (error === undefined) continue
    const { line } = lines.linePos(error.pos[0])
    throw new SextantError('corrupt_file', `${source}, line ${line}: ${error.message.split('\n')[0] ?? 'not YAML'}`, 'Mend that line.', {
      line,
    })
  }
  return list.map((document) => document.toJS({ maxAliasCount: 100 }))
}

/** A shell script may look like YAML to a regular expression. */
function yamlOrNothing(text: string): unknown[] {
  try {
    return yamlOf(text, '')
  } catch {
    return []
  }
}

/** Undefined for a folder, for bytes that are no text, and for nothing. */
function beginning(path: string): string | undefined {
  try {
    const file = openSync(path, 'r')
    try {
      const stats = fstatSync(file)
      if (!stats.isFile() || stats.size === 0) return undefined
      const bytes = Buffer.alloc(Math.min(stats.size, MOST_BYTES))
      const read = readSync(file, bytes, 0, bytes.length, 0)
      const part = bytes.subarray(0, read)
      return part.includes(0) ? undefined : part.toString('utf8')
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw fileError(path, error)
  }
}
