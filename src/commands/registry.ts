/** Every command, one line each; a command is loaded only when it is asked for, so that start-up stays fast. */
import type { Command, CommandTitle } from './define-command.ts'

export interface RegisteredCommand extends CommandTitle {
  load(): Promise<{ readonly command: Command }>
}

export const commandRegistry: readonly RegisteredCommand[] = [
  {
    name: 'analyze',
    tool: 'analyze',
    summary: 'What is in these captures, can they be trusted, where does time go, and what to ask next',
    effect: 'read_only',
    load: () => import('./analyze.ts'),
  },
  {
    name: 'join',
    tool: 'join',
    summary: 'How captures relate: which kernels, devices and windows they share, what joins at which level, what is refused and why',
    effect: 'read_only',
    load: () => import('./join.ts'),
  },
  {
    name: 'formats',
    tool: 'formats',
    summary: 'List the captures that can be read and the formats that are written or returned',
    effect: 'read_only',
    load: () => import('./formats.ts'),
  },
  {
    name: 'gates',
    tool: 'gates',
    summary: 'Ask a capture whether it proves anything: every capture gate with its fix, and what the capture can answer',
    effect: 'read_only',
    load: () => import('./gates.ts'),
  },
  {
    name: 'kernels',
    tool: 'kernels',
    summary: 'Statistics per kernel, by name, short name, normalised name or family, and by NVTX range',
    effect: 'read_only',
    load: () => import('./kernels.ts'),
  },
  {
    name: 'timeline',
    tool: 'timeline',
    summary: 'Account for each device’s time: busy, idle and why, overlap of compute, communication and copies',
    effect: 'read_only',
    load: () => import('./timeline.ts'),
  },
  {
    name: 'decode-budget',
    tool: 'decode_budget',
    summary: 'Where each decode step’s time goes: kernels, host, communication, copies; per device and over ranks',
    effect: 'read_only',
    load: () => import('./decode-budget.ts'),
  },
  {
    name: 'evidence init',
    tool: 'evidence_init',
    summary: 'Begin an evidence bundle: what is tested and why, findings, handoff, and a manifest with the hash of every file',
    effect: 'writes_artifacts',
    load: () => import('./evidence-init.ts'),
  },
  {
    name: 'evidence add',
    tool: 'evidence_add',
    summary: 'Copy captures into a bundle, secrets in text replaced, and record new versions of what is said about them',
    effect: 'writes_artifacts',
    load: () => import('./evidence-add.ts'),
  },
  {
    name: 'evidence seal',
    tool: 'evidence_seal',
    summary: 'Fix the artifacts of a bundle: nothing is added after this, what is said about them may still grow',
    effect: 'writes_artifacts',
    load: () => import('./evidence-seal.ts'),
  },
  {
    name: 'evidence verify',
    tool: 'evidence_verify',
    summary: 'Is a bundle what its manifest says, byte by byte? One changed byte of one artifact fails it',
    effect: 'read_only',
    load: () => import('./evidence-verify.ts'),
  },
  {
    name: 'what-if',
    tool: 'what_if',
    summary: 'What a change would do to the step: the captured steps replayed with their dependencies, as an interval',
    effect: 'read_only',
    load: () => import('./what-if.ts'),
  },
  {
    name: 'digest',
    tool: 'digest',
    summary: 'Read a capture once and keep the answers to the usual questions in the digest cache',
    effect: 'writes_artifacts',
    load: () => import('./digest.ts'),
  },
  {
    name: 'ceilings',
    tool: 'ceilings',
    summary: 'Peaks of a GPU by key path, each with its source, and which of them do not follow from SM count and clock',
    effect: 'read_only',
    load: () => import('./ceilings.ts'),
  },
  {
    name: 'bench-result',
    tool: 'bench_result',
    summary: 'Read results of load generators: every figure with its definition, unit, sample count and what may not be compared',
    effect: 'read_only',
    load: () => import('./bench-result.ts'),
  },
  {
    name: 'baseline bridge',
    tool: 'baseline_bridge',
    summary:
      'Make one inference_perfbench_v1 of any benchmark bundle: result files, reports and logs, metrics before and after, kernel samples',
    effect: 'writes_artifacts',
    load: () => import('./baseline-bridge.ts'),
  },
  {
    name: 'baseline record',
    tool: 'perf_baseline_record',
    summary: 'Register a run as the baseline that later runs are compared with: immutable, hashed, indexed',
    effect: 'writes_artifacts',
    load: () => import('./baseline-record.ts'),
  },
  {
    name: 'baseline diff',
    tool: 'perf_baseline_diff',
    summary: 'Compare a run with a baseline: every metric at its tolerance, and whether the difference is more than noise',
    effect: 'writes_artifacts',
    load: () => import('./baseline-diff.ts'),
  },
  {
    name: 'baseline sweep',
    tool: 'baseline_sweep',
    summary: 'Compare every registered baseline with the newest run of it, for a weekly job',
    effect: 'read_only',
    load: () => import('./baseline-sweep.ts'),
  },
  {
    name: 'metrics',
    tool: 'metrics',
    summary: 'Read a dump of a metrics endpoint (DCGM, vLLM, SGLang) in one set of names and units; with --post, what happened between',
    effect: 'read_only',
    load: () => import('./metrics.ts'),
  },
  {
    name: 'ncu',
    tool: 'ncu',
    summary: 'What hardware counters say of single kernels: work, bytes, occupancy, stalls, and what the profiler’s rules found',
    effect: 'read_only',
    load: () => import('./ncu.ts'),
  },
  {
    name: 'export-kernels',
    tool: 'export_kernels',
    summary: 'Write the kernel artifact of a campaign cell from a timeline, nsys statistics, samples or counters, with its unit recorded',
    effect: 'writes_artifacts',
    load: () => import('./export-kernels.ts'),
  },
  {
    name: 'roofline',
    tool: 'roofline',
    summary: 'How far kernels are from the roof of their device: from counters, from a timeline joined with counters, or by proxy',
    effect: 'read_only',
    load: () => import('./roofline.ts'),
  },
  {
    name: 'sim engine',
    tool: 'sim_engine',
    summary:
      'A simulated inference server whose truth is known: OpenAI API, metrics, profiler, faults; for tests, demonstrations, learning',
    effect: 'writes_artifacts',
    load: () => import('./sim-engine.ts'),
  },
  {
    name: 'drive',
    tool: 'drive',
    summary:
      'Send load to an OpenAI-compatible server, measure it with definitions that are said, and judge whether the client was in the way',
    effect: 'submits_jobs',
    load: () => import('./drive.ts'),
  },
  {
    name: 'drive clean',
    tool: 'drive_clean',
    summary: 'One stream alone, tiny prompt and long generation: the decode step as a client sees it, round by round',
    effect: 'submits_jobs',
    load: () => import('./drive-clean.ts'),
  },
]
