/** Verbs of the field's own tool (facts/formats.md section 13) -> commands here: existing skills and scripts keep working. */
import { errorExitStatus } from '#base/errors.ts'
import { nearName } from '#base/near-name.ts'

/** One line per verb; its arguments are the command's own. */
export const fieldVerbs: Readonly<Record<string, readonly string[]>> = {
  champion_select: ['champion-select'],
  dcgm_correlate: ['dcgm', 'correlate'],
  import_roofline_sweep: ['campaign', 'import-roofline-sweep'],
  publish_to_lake: ['lake', 'publish'],
  report_render: ['report', 'render'],
  findings_record: ['findings', 'record'],
  search_evidence: ['search', 'evidence'],
  search_runbooks: ['search', 'runbooks'],
}

export type FieldCall =
  | { readonly state: 'command'; readonly args: readonly string[] }
  | { readonly state: 'said'; readonly stdout: string; readonly stderr: string; readonly status: number }

function overview(): string {
  const lines = Object.entries(fieldVerbs).map(([verb, words]) => `  ${verb.padEnd(18)}sextant ${words.join(' ')}\n`)
  return `Usage: perftunereport VERB [arguments]\n\nVerbs of the field’s tool, answered by Sextant:\n${lines.join('')}\nArguments: perftunereport VERB --help\n`
}

/** `dcgm-correlate` is the same verb. */
export function fieldCall(args: readonly string[]): FieldCall {
  const [verb, ...rest] = args
  if (verb === undefined || verb === '--help' || verb === '-h')
    return { state: 'said', stdout: overview(), stderr: '', status: verb === undefined ? errorExitStatus.usage : 0 }
  const words = fieldVerbs[verb.replaceAll('-', '_')]
  if (words !== undefined) return { state: 'command', args: [...words, ...rest] }
  const near = nearName(verb, Object.keys(fieldVerbs))
  const meant = near === undefined ? '' : `Did you mean ${near}? `
  return {
    state: 'said',
    stdout: '',
    stderr: `error: no verb ${JSON.stringify(verb)}\nhint: ${meant}\`perftunereport --help\` lists the verbs; \`sextant --help\` all commands.\n`,
    status: errorExitStatus.usage,
  }
}
