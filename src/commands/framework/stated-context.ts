/** `--context deployment.hardware=B200`: what no file says, stated by the caller. */
import { SextantError } from '#base/errors.ts'

const PLACES = ['deployment', 'workload', 'bench']

export function statedContext(pairs: readonly string[], model: string | undefined, modelPath?: string): Record<string, string> {
  const stated: Record<string, string> = {}
  for (const pair of pairs) {
    const match = /^([A-Za-z][\w]*)\.([A-Za-z]\w*)=(.+)$/s.exec(pair)
    if (match === null || !PLACES.includes(match[1] ?? ''))
      throw new SextantError(
        'usage',
        `--context ${pair} is not understood`,
        `Write --context deployment.KEY=VALUE or --context workload.KEY=VALUE.`,
      )
    stated[`${match[1]}.${match[2]}`] = match[3] ?? ''
  }
  if (model !== undefined) stated['model'] = model
  if (modelPath !== undefined) stated['model_path'] = modelPath
  return stated
}
