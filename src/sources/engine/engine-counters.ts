/** What an engine has counted so far: with two readings, whether others used it between them. */
import { callEngine, type EngineAddress } from './engine-call.ts'

export interface EngineCounters {
  readonly generatedTokens: number
  readonly promptTokens: number
}

/** Summed over engines of one server (data parallelism gives each its own series). Undefined where the page lacks the name. */
function sumOf(page: string, name: string): number | undefined {
  let sum: number | undefined
  for (const line of page.split('\n')) {
    if (!line.startsWith(name)) continue
    const rest = line.slice(name.length)
    if (rest[0] !== '{' && rest[0] !== ' ') continue
    const value = Number(
      rest
        .slice(rest.lastIndexOf('}') + 1)
        .trim()
        .split(' ')[0],
    )
    if (Number.isFinite(value)) sum = (sum ?? 0) + value
  }
  return sum
}

/** Undefined where the engine has no metrics page or none of the names. */
export async function readCounters(address: EngineAddress): Promise<EngineCounters | undefined> {
  const { status, text } = await callEngine(address, '/metrics')
  if (status !== 200) return undefined
  const first = (name: string): number | undefined => sumOf(text, `vllm:${name}_total`) ?? sumOf(text, `sglang:${name}_total`)
  const [generatedTokens, promptTokens] = [first('generation_tokens'), first('prompt_tokens')]
  return generatedTokens === undefined || promptTokens === undefined ? undefined : { generatedTokens, promptTokens }
}
