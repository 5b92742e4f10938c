import { expect, test } from 'vitest'
import { canonicalKernelName, isBareName, spacelessName } from './canonical-name.ts'

/** Spellings of one kernel by EDG (nsys, ncu), libiberty (kineto, c++filt), LLVM's demangler and the CSV of ncu. */
const one: readonly (readonly string[])[] = [
  ['add(const float *, float *, int)', 'add(float const*, float*, int)', 'void add(float const *a, float *b, int n)'],
  ['void f<(int)64, (bool)1>(int, const float *)', 'void f<64, true>(int, float const*)', 'f<64,1>', 'f<(ns::kind)64, 1>(int, T1)'],
  [
    'void at::native::elementwise_kernel<(int)128, (int)2, void at::native::gpu_impl<at::native::Add<float>>(at::Iter &, const T1 &)::[lambda(int) (instance 2)]>(int, T3)',
    'void at::native::elementwise_kernel<128, 2, at::native::gpu_impl<at::native::Add<float> >(at::Iter&, at::native::Add<float> const&)::{lambda(int)#2}>(int, at::native::gpu_impl<at::native::Add<float> >(at::Iter&, at::native::Add<float> const&)::{lambda(int)#2})',
    "void at::native::elementwise_kernel<128, 2, void at::native::gpu_impl<at::native::Add<float> >(at::Iter&, at::native::Add<float> const&)::'lambda0'(int)>(int, float)",
  ],
  [
    'void at::<unnamed>::scan<std::array<char *, (unsigned long)2>>(T1)',
    'void at::(anonymous namespace)::scan<std::array<char*, 2ul> >(std::array<char*, 2ul>)',
    'at::_GLOBAL__N__2530b397_17_scan_cu::scan<std::__1::array<char*, 2>>',
  ],
  ['f(unsigned long long, unsigned int)', 'f(unsigned long long int, unsigned)', 'f(long long unsigned int, unsigned int)'],
  ['f(void)', 'f()', 'f() [clone .kd]'],
  ['k(Extent, const Extent &)', 'k(struct Extent size, Extent const& limit)'],
  ['ns::f<void (*)(int)>(float)', 'void ns::f<void(*)(int)>(float)'],
]

/** Different kernels, however alike. */
const different: readonly (readonly [string, string])[] = [
  ['f(float *)', 'f(const float *)'],
  ['f(int)', 'f(unsigned int)'],
  ['f<64>()', 'f<128>()'],
  ['f<1>', 'f<-1>'],
  ['a::f(int)', 'b::f(int)'],
  ['f<Add<float>>', 'f<Mul<float>>'],
  ['f::{lambda(int)#1}', 'f::{lambda(int)#2}'],
  ['f(int *)', 'f(int **)'],
  ['gemm_64x32', 'gemm_32x64'],
]

test('every spelling of a kernel has one canonical name, which is its own', () => {
  for (const spellings of one) {
    const names = new Set(spellings.map(canonicalKernelName))
    expect([...names], spellings[0]).toHaveLength(1)
    for (const name of names) expect(canonicalKernelName(name)).toBe(name)
  }
})

test('different kernels stay different', () => {
  for (const [a, b] of different) expect(canonicalKernelName(a)).not.toBe(canonicalKernelName(b))
})

test('a C name, a mangled name and noise stay themselves; hostile names end', () => {
  for (const name of ['ampere_sgemm_32x32_tn', '_Z3fooi', 'triton_poi_fused_add_0', '']) expect(canonicalKernelName(name)).toBe(name)
  expect(canonicalKernelName('a::operator<(int)')).toBe('a::operator<(int)')
  for (const hostile of ['<'.repeat(20_000), '('.repeat(100_000), `f<${'a,'.repeat(15_000)}`, 'f((((']) {
    const started = performance.now()
    expect(canonicalKernelName(hostile).length).toBeGreaterThan(0)
    expect(performance.now() - started).toBeLessThan(5000)
  }
})

test('bare: neither arguments nor parameters', () => {
  expect([isBareName(canonicalKernelName('void f')), isBareName('ns::f'), isBareName('f<1>'), isBareName('f(int)')]).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect(spacelessName('void  f ( const float * ) ')).toBe('void f(const float*)')
})
