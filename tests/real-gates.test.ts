/**
 * What the gates say of every real capture: judged by hand, not recorded. A row is "failed | cannot tell | idle claimable".
 * Left out, because they cannot tell for every file here: `size-and-duration-plausible` (no load is declared) and `profiler-start-skew`
 * (collectives are classified by the pipeline's kernel families).
 */
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { computeCoverage } from '#analysis/coverage.ts'
import { gateNeeds, runGates } from '#analysis/gates/run-gates.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { listShared, sharedDataAbsent, sharedDataRoot } from './support/shared-data.ts'

const few = 'steady-state'
const judged: Readonly<Record<string, string>> = {
  // Vector addition in a 1.1 s process: two of ten parts work, nearly all of it copies.
  '0x822a5b87-test-cuda__report1.sqlite': `traffic-during-window not-only-load-capture-or-teardown | ${few} | yes`,
  // A training script whose work comes in the last third.
  'Athrun0109-CS336_assignment2__result.sqlite': 'steady-state | | yes',
  // No CUDA rows at all, and nsys warns that CUDA profiling may not have started: nothing was traced, and no version says why.
  'D-W-Chiang-JACC.jl__cg_trace.sqlite':
    'kernels-present host-rows-present | cupti-initialised graph-nodes-resolved not-under-recorded traffic-during-window steady-state ' +
    'not-only-load-capture-or-teardown | no',
  // Trimmed by time out of training with a host 0.4 s ahead: the unmatched rows are the edges of the cut.
  'GindaChen-nsys-ai__h100_2gpu_1s.sqlite': 'steady-state | | yes',
  'NVIDIA-Fuser__report1.sqlite': `traffic-during-window | ${few} | yes`,
  'brycelelbach-nsightful__power_iteration__baseline.sqlite': '| | yes',
  'extra-p-extrap__ex-gpu.s1000.sqlite': `| traffic-during-window ${few} | yes`,
  'extra-p-extrap__profile16.sqlite': `| ${few} | yes`,
  // One memset and 23 calls, none of them a launch: another process or no work; not a CUPTI failure, since the memset was recorded.
  'frasertajima-WeatherBench2__report1.sqlite': `kernels-present not-only-load-capture-or-teardown | not-under-recorded traffic-during-window ${few} host-rows-present | no`,
  'hpcgroup-pipit__perlmutter-cloverleaf-cuda.sqlite': '| | yes',
  'openhackathons-org-nways_accelerated_programming__jacobi_report.sqlite': '| | yes',
  'openhackathons-org-nways_accelerated_programming__jacobi_report_pqtdir': '| | yes',
  // Model set-up and offloading copies around a short benchmark; `_clean` is the same, captured in its window.
  'zx3xyy-assignment2-systems__result_2_7B.sqlite': 'traffic-during-window steady-state not-only-load-capture-or-teardown | | yes',
  'zx3xyy-assignment2-systems__result_2_7B_clean.sqlite': '| | yes',
  'AMD-AGI-TraceLens__Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz': '| | yes',
  // One eager vLLM prefill: a third holds fewer, larger kernels.
  'AMD-AGI-TraceLens__eager_trace.json.gz': 'steady-state | | yes',
  'AMD-AGI-TraceLens__gpu_only_trace.json.gz': '| | yes',
  'AMD-AGI-TraceLens__graph_execution.json.gz': '| | yes',
  // One decode step after 0.46 s in which a single kernel ran.
  'AMD-AGI-TraceLens__sglang_Qwen3-8B_decode.json.gz': 'traffic-during-window steady-state | | yes',
  'AMD-AGI-TraceLens__trace.json.gz': `| ${few} | yes`,
  'facebookresearch-HolisticTraceAnalysis__benchmark_result_2869224_1695835535_trace.json.gz': 'traffic-during-window steady-state | | yes',
  // CUPTI range profiling: counters, no activity (trap C8).
  'facebookresearch-HolisticTraceAnalysis__benchmark_result_924719_1679055439_trace.json.gz': `| cupti-initialised kernels-present not-under-recorded traffic-during-window ${few} not-only-load-capture-or-teardown host-rows-present | no`,
  'facebookresearch-HolisticTraceAnalysis__df_index_resolver.json.gz': '| | yes',
  'facebookresearch-HolisticTraceAnalysis__inference_rank_1.json.gz': `| traffic-during-window ${few} | yes`,
  'facebookresearch-HolisticTraceAnalysis__nccl_data.json.gz': '| | yes',
  'facebookresearch-HolisticTraceAnalysis__rank-0.Apr_03_18_51_38.1102.pt.trace.json.gz': '| | yes',
  // A CPU-only rank (gloo): no runtime call either.
  'facebookresearch-HolisticTraceAnalysis__rank-34.Jul_15_10_52_41.1074.pt.trace.json.gz': `kernels-present traffic-during-window host-rows-present | cupti-initialised not-under-recorded ${few} not-only-load-capture-or-teardown | no`,
  'facebookresearch-HolisticTraceAnalysis__sampled_rank-0.json.gz': '| | yes',
  'facebookresearch-HolisticTraceAnalysis__sampled_rank-1.json.gz': 'steady-state | | yes',
  'facebookresearch-HolisticTraceAnalysis__step_based_trace_2543932.json.gz': '| | yes',
  'facebookresearch-param__linear_kineto.json.gz': '| | yes',
  'pytorch-kineto__before_fix_trace.json': `| traffic-during-window ${few} | yes`,
  'pytorch-kineto__worker0.1623143089861.pt.trace.json.gz': '| | yes',
}
const unjudged = new Set(['size-and-duration-plausible', 'profiler-start-skew'])

describe.skipIf(sharedDataRoot === undefined)(
  `gates of real captures (${sharedDataRoot === undefined ? sharedDataAbsent : 'present'})`,
  () => {
    const paths = ['nsys-sqlite', 'nsys-parquetdir', 'kineto'].flatMap((folder) => listShared(folder))
    test.each(paths.map((path) => [basename(path), path]))('%s', { timeout: 30_000 }, async (name, path) => {
      const { capture, losses } = await openCapture(path, { needs: gateNeeds('any') })
      const coverage = computeCoverage(capture, losses)
      const results = runGates({ capture, losses, coverage, asks: 'any' }).filter(({ id }) => !unjudged.has(id))
      const ids = (wanted: string) => results.filter(({ outcome }) => outcome === wanted).map(({ id }) => id)
      for (const { outcome, reason, fix } of results) {
        if (outcome !== 'pass') expect(reason).toBeTruthy()
        if (outcome === 'fail') expect(fix).toBeTruthy()
        expect(reason ?? '').not.toContain('the gate itself failed')
      }
      // A capture that nobody judged yet must still be answered without a fault.
      const wanted = judged[name]
      if (wanted === undefined) return
      expect([ids('fail').join(' '), ids('cannot-tell').join(' '), coverage.idleClaimable.state]).toEqual(
        wanted.split('|').map((part) => part.trim()),
      )
      if (capture.kind === 'kineto' && coverage.idleClaimable.state === 'yes') expect(coverage.busyClaimable.state).toBe('unknown')
    })
  },
)
