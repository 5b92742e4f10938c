import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import initSqlJs from 'sql.js'
import { expect, test } from 'vitest'
import { shortKernelName } from '#model/kernel-name.ts'
import { listShared, sharedDataAbsent } from '../../tests/support/shared-data.ts'

test.each([
  [
    'void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<c10::Half>, std::array<char*, 3ul> >(int, X)',
    'vectorized_elementwise_kernel',
  ],
  ['void (anonymous namespace)::softmax_warp_forward<float, 6, false>(float*, int)', 'softmax_warp_forward'],
  ['void <unnamed>::softmax_warp_forward<float, (int)6>(T2 *)', 'softmax_warp_forward'],
  ['ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)', 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL'],
  ['float* ns::f(int) [clone .kd]', 'f'],
  ['void ns::S::operator()<int>(int) const', 'operator()'],
  ['bool ns::operator<<int>(ns::A<(1 > 2)> const&)', 'operator<'],
  ['void ns::g(int)::{lambda(int)#1}::operator()(int) const', 'operator()'],
  ['std::enable_if<!(4 < 3), void>::type k<(Foo)1, (a->b)>(int)', 'k'],
  ['void __nv_static_29__51_tmpxft_ii_abc::inner<int>(int)', 'inner'],
  ['_ZN2at6native13reduce_kernelILi512EEEvT_', 'reduce_kernel'],
  ['_Z3addPKfS0_Pfi', 'add'],
  ['_Z3addPKfS0_Pfi.kd', 'add'],
  ['ampere_sgemm_128x64_tn', 'ampere_sgemm_128x64_tn'],
  ['triton_poi_fused_add_0', 'triton_poi_fused_add_0'],
  ['Memset (Device)', 'Memset (Device)'],
  ['', ''],
  ['void f<int', 'f'],
])('%s', (demangled, expected) => {
  expect(shortKernelName(demangled)).toBe(expected)
})

test('a hostile name of a mebibyte costs linear time', () => {
  for (const part of ['<', '(', '<(', '>)', 'operator<', 'a::', '_Z1'])
    shortKernelName(`f${part.repeat(2 ** 20 / part.length)}${')'.repeat(1000)}`)
})

test('equals every demangled and short pair of the real exports', async (context) => {
  const files = listShared('nsys-sqlite').filter((path) => path.endsWith('.sqlite'))
  if (files.length === 0) return context.skip(sharedDataAbsent)
  const sql = await initSqlJs()
  let pairs = 0
  for (const path of files) {
    const database = new sql.Database(readFileSync(path))
    const [tables] = database.exec("SELECT name FROM sqlite_master WHERE name = 'CUPTI_ACTIVITY_KIND_KERNEL'")
    const [rows] =
      tables === undefined
        ? []
        : database.exec(`SELECT DISTINCT d.value, s.value FROM CUPTI_ACTIVITY_KIND_KERNEL k
            JOIN StringIds d ON d.id = k.demangledName JOIN StringIds s ON s.id = k.shortName`)
    database.close()
    for (const [demangled, short] of rows?.values ?? []) {
      pairs += 1
      expect(`${basename(path)}: ${shortKernelName(String(demangled))}`).toBe(`${basename(path)}: ${String(short)}`)
    }
  }
  expect(pairs).toBeGreaterThan(200)
})
