/** A trace laid out as kineto writes it: for speed only (names are made up, times are plausible). */

import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from 'node:fs'

const DISTINCT_KERNELS = 400
const DISTINCT_OPERATORS = 300

function names(): { kernels: string[]; operators: string[] } {
  const kernels = Array.from({ length: DISTINCT_KERNELS }, (_, index) =>
    index % 3 === 0
      ? `sm90_xmma_gemm_bf16bf16_bf16f32_f32_tn_n_tilesize${64 + index}x128x64_warpgroupsize1x1x1_execute_segment_k_off_kernel__5x_cublas`
      : `void at::native::vectorized_elementwise_kernel<${index % 8}, at::native::BinaryFunctor<c10::BFloat16, c10::BFloat16, c10::BFloat16, ` +
        `at::native::binary_internal::MulFunctor${index}<float> >, std::array<char*, 3ul> >(int, at::native::BinaryFunctor<c10::BFloat16, ` +
        `c10::BFloat16, c10::BFloat16, at::native::binary_internal::MulFunctor${index}<float> >, std::array<char*, 3ul>)`,
  )
  return { kernels, operators: Array.from({ length: DISTINCT_OPERATORS }, (_, index) => `aten::operator_number_${index}`) }
}

/** Operator, launch, kernel and their flow: five events of a real trace's size. */
function launchText(index: number, { kernels, operators }: ReturnType<typeof names>): string {
  const us = 1_428_625_731_667 + index * 9
  const ts = (offset: number) => `${us + offset}.${String((index * 7919) % 1000).padStart(3, '0')}`
  const correlation = 600_000 + index
  const stream = index % 50 === 0 ? 20 : 7
  return `  {
    "ph": "X", "cat": "cpu_op", "name": "${operators[index % DISTINCT_OPERATORS]}", "pid": 25286, "tid": 25286,
    "ts": ${ts(0)}, "dur": ${20 + (index % 90)}.${index % 10}2,
    "args": {
      "External id": ${index},"Record function id": 0, "Concrete Inputs": ["", "", "-1", "False"], "Input type": ["c10::BFloat16", "c10::BFloat16", "Scalar", ""], "Input Strides": [[4096, 1], [4096, 1], [], []], "Input Dims": [[${index % 512}, 4096], [4096, 4096], [], []], "Ev Idx": ${index}
    }
  },
  {
    "ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 25286, "tid": 25286,
    "ts": ${ts(1)}, "dur": ${3 + (index % 7)}.125,
    "args": {
      "External id": ${index},
      "cbid": 211, "correlation": ${correlation}
    }
  },
  {
    "ph": "s", "id": ${correlation}, "pid": 25286, "tid": 25286, "ts": ${ts(1)},
    "cat": "ac2g", "name": "ac2g"
  },
  {
    "ph": "X", "cat": "kernel", "name": "${kernels[(index * 31) % DISTINCT_KERNELS]}", "pid": 0, "tid": ${stream},
    "ts": ${ts(5)}, "dur": ${1 + (index % 300)}.${String(index % 1000).padStart(3, '0')},
    "args": {
      "External id": ${index},
      "queued": 0, "device": 0, "context": 1,
      "stream": ${stream}, "correlation": ${correlation},
      "registers per thread": ${32 + (index % 200)},
      "shared memory": 0,
      "blocks per SM": 1.939394,
      "warps per SM": 7.757576,
      "grid": [${1 + (index % 512)}, 1, 1],
      "block": [128, 1, 1],
      "est. achieved occupancy %": 12
    }
  },
  {
    "ph": "f", "id": ${correlation}, "pid": 0, "tid": ${stream}, "ts": ${ts(5)},
    "cat": "ac2g", "name": "ac2g", "bp": "e"
  }`
}

/** Writes `path` (cached by its presence) with about `megabytes` MB. Returns launches = kernels written, known from its tail otherwise. */
export function writeKinetoFile(path: string, megabytes: number): void {
  if (existsSync(path) && statSync(path).size > megabytes * 0.95e6) return
  const all = names()
  const file = openSync(`${path}.part`, 'w')
  let bytes = writeSync(
    file,
    `\n{\n  "schemaVersion": 1,\n  "deviceProperties": [\n    {"id": 0, "name": "NVIDIA H100 80GB HBM3", "numSms": 132}\n  ],\n  "traceEvents": [\n`,
  )
  for (let index = 0; bytes < megabytes * 1e6; ) {
    const batch: string[] = []
    for (let count = 0; count < 1000; count++) batch.push(launchText(index++, all))
    bytes += writeSync(file, `${index > 1000 ? ',\n' : ''}${batch.join(',\n')}`)
  }
  writeSync(file, '\n  ],\n  "traceName": "bench",\n  "displayTimeUnit": "ms",\n  "baseTimeNanoseconds": 1751410836000000000\n}\n')
  closeSync(file)
  renameSync(`${path}.part`, path)
}

export function writeGzip(path: string): string {
  const packed = `${path}.gz`
  if (!existsSync(packed)) spawnSync('gzip', ['-k', '-1', path])
  return packed
}
