import { expect, test } from 'vitest'
import { kubeStateLabels, matcherOf, parseLabelSelector } from './label-selector.ts'

function matchers(text: string): string[] {
  return parseLabelSelector(text).map((each) => {
    const { label, operator, value } = matcherOf(each, kubeStateLabels(each.key)[0] ?? '')
    return `${label}${operator}${value}`
  })
}

test('trap E9: any selector of kubectl is translated, part by part', () => {
  expect(matchers('release=x')).toEqual(['label_release=x'])
  expect(matchers('app.kubernetes.io/name==vllm, tier != frontend')).toEqual(['label_app_kubernetes_io_name=vllm', 'label_tier!=frontend'])
  expect(matchers('app in (vllm, sglang),env notin (dev.1,test)')).toEqual(['label_app=~vllm|sglang', 'label_env!~dev\\.1|test'])
  expect(matchers('gpu,!spot')).toEqual(['label_gpu!=', 'label_spot='])
  expect(matchers('app=~vllm-(a|b){1,2},model="GLM 5.1, FP8"')).toEqual(['label_app=~vllm-(a|b){1,2}', 'label_model=GLM 5.1, FP8'])
  expect(matchers('app=~"a\\"b\\.c"')).toEqual(['label_app=~a"b\\.c'])
})

test('trap E9: what cannot be translated is refused, never dropped', () => {
  for (const text of [
    '',
    ' ',
    'a=b,',
    ',a=b',
    'a=b,,c=d',
    'a in ()',
    'a in (b',
    'a in b',
    'a=',
    'a=b c',
    'a>1',
    'a=b"c',
    '"a"=b',
    'a=~',
    '=b',
    'a b',
    'a=b=c',
    'a in (b,)',
    '-a=b',
    'a="b',
  ]) {
    expect(() => parseLabelSelector(text), text).toThrow(/selector part/)
  }
})

test('labels of kube-state-metrics in both of its spellings', () => {
  expect(kubeStateLabels('podTemplate-hash')).toEqual(['label_pod_template_hash', 'label_podTemplate_hash'])
  expect(kubeStateLabels('app')).toEqual(['label_app'])
})
