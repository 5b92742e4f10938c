/** Verbs of the field's own tool (facts/formats.md section 13) -> commands here: existing skills and scripts keep working. */
import { errorExitStatus } from '#base/errors.ts'
import { nearName } from '#base/near-name.ts'

/** One line per verb; its arguments are the command's own. */
export const fieldVerbs: Readonly<Record<string, readonly string[]>> = {
  baseline_bridge_diff: ['baseline', 'diff'],
  baseline_bridge_record: ['baseline', 'record'],
  champion_select: ['champion-select'],
  dcgm_correlate: ['dcgm', 'correlate'],
  decode_budget: ['decode-budget'],
  decode_step_budget: ['decode-budget'],
  evidence_init: ['evidence', 'init'],
  findings_record: ['findings', 'record'],
  import_roofline_sweep: ['campaign', 'import-roofline-sweep'],
  perf_baseline_diff: ['baseline', 'diff'],
  perf_baseline_record: ['baseline', 'record'],
  publish_to_lake: ['lake', 'publish'],
  report_render: ['report', 'render'],
  search_evidence: ['search', 'evidence'],
  search_runbooks: ['search', 'runbooks'],
  synthesize: ['synthesize'],
  value_view: ['value-view'],
}

/** What starts jobs on a cluster in the field's tool: not done here, and what to do instead. */
export const otherWays: Readonly<Record<string, { readonly why: string; readonly steps: readonly string[] }>> = {
  campaign_run: {
    why: 'Sextant deploys nothing on a cluster: each cell is driven where it runs, and its result is brought in',
    steps: [
      'sextant campaign init --name SLUG --config config.yaml',
      'sextant drive --help',
      'sextant campaign import RESULT --campaign CAMPAIGN --cell-id CELL --trial NAME',
      'sextant campaign aggregate CAMPAIGN',
    ],
  },
  kernel_profile: {
    why: 'Sextant attaches no profiler to a pod: capture beside the container that serves, then read the capture',
    steps: [
      'kubectl debug -n NAMESPACE POD --image=IMAGE_WITH_NSYS --target=CONTAINER --share-processes -- sleep 600',
      'nsys profile --trace=cuda,nvtx,osrt --cuda-graph-trace=node --duration=120 --output=/tmp/capture COMMAND',
      'nsys export --type=sqlite --output=capture.sqlite capture.nsys-rep',
      'sextant gates capture.sqlite',
      'sextant export-kernels capture.sqlite --out kernels.json',
    ],
  },
}

export type FieldCall =
  | { readonly state: 'command'; readonly args: readonly string[] }
  | { readonly state: 'said'; readonly stdout: string; readonly stderr: string; readonly status: number }

function overview(): string {
  const lines = Object.entries(fieldVerbs).map(([verb, words]) => `  ${verb.padEnd(24)}sextant ${words.join(' ')}\n`)
  return `Usage: perftunereport VERB [arguments]\n\nVerbs of the field’s tool, answered by Sextant:\n${lines.join('')}\nNot done here, with what to do instead: ${Object.keys(otherWays).join(', ')}\n\nArguments: perftunereport VERB --help\n`
}

/** The bridge’s two verbs are words of their own in the field: `baseline_bridge record …`. */
function joined([verb, second, ...rest]: readonly string[]): readonly string[] {
  if (verb === undefined || second === undefined) return verb === undefined ? [] : [verb]
  const isBridge = /^baseline[_-]bridge$/.test(verb) && (second === 'record' || second === 'diff')
  return isBridge ? [`baseline_bridge_${second}`, ...rest] : [verb, second, ...rest]
}

/** `dcgm-correlate` is the same verb. */
export function fieldCall(args: readonly string[]): FieldCall {
  const [verb, ...rest] = joined(args)
  if (verb === undefined || verb === '--help' || verb === '-h')
    return { state: 'said', stdout: overview(), stderr: '', status: verb === undefined ? errorExitStatus.usage : 0 }
  const name = verb.replaceAll('-', '_').replace(/^perf_tune_report_/, '')
  const words = Object.hasOwn(fieldVerbs, name) ? fieldVerbs[name] : undefined
  if (words !== undefined) return { state: 'command', args: [...words, ...rest] }
  const other = Object.hasOwn(otherWays, name) ? otherWays[name] : undefined
  if (other !== undefined)
    return {
      state: 'said',
      stdout: '',
      stderr: `error: ${name} is not done here: ${other.why}.\nhint: in its place, in this order:\n${other.steps.map((step) => `  ${step}\n`).join('')}`,
      status: errorExitStatus.usage,
    }
  const near = nearName(name, [...Object.keys(fieldVerbs), ...Object.keys(otherWays)])
  const meant = near === undefined ? '' : `Did you mean ${near}? `
  return {
    state: 'said',
    stdout: '',
    stderr: `error: no verb ${JSON.stringify(verb)}\nhint: ${meant}\`perftunereport --help\` lists the verbs; \`sextant --help\` all commands.\n`,
    status: errorExitStatus.usage,
  }
}
