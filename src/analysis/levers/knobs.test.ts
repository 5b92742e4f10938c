import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import type { DeploymentFile, EngineName } from '#formats/deployment.ts'
import { engineKnobsSchema } from '#formats/engine-knobs.ts'
import { deploymentOf } from './knobs.ts'

const knobs = engineKnobsSchema.parse(parse(readFileSync(join(import.meta.dirname, '../../../configs/engine-knobs.yaml'), 'utf8')))

const file = (
  version: string | undefined,
  given: DeploymentFile['arguments'] = {},
  more: { name?: EngineName; environment?: Record<string, string>; resolved?: Record<string, string | number | boolean> } = {},
): DeploymentFile => ({
  schema: 'deployment/1',
  engine: { name: more.name ?? 'vllm', ...(version === undefined ? {} : { version }) },
  arguments: given,
  environment: more.environment ?? {},
  ...(more.resolved === undefined ? {} : { resolved: more.resolved }),
})
const state = (knob: string, of: DeploymentFile, computeCapability?: string) =>
  deploymentOf(of, knobs, computeCapability === undefined ? {} : { computeCapability }).knob(knob)

it('every knob answers for every engine without throwing', () => {
  for (const name of ['vllm', 'sglang', 'tensorrt-llm'] as const) {
    const deployment = deploymentOf(file('0.14.0', {}, { name }), knobs)
    for (const id of Object.keys(knobs.knobs)) expect(deployment.knob(id).state).not.toBe('set')
  }
})

it('every knob that a condition names is one', () => {
  const asked = Object.values(knobs.knobs).flatMap(({ engines }) =>
    Object.values(engines).flatMap(({ defaults }) =>
      (defaults ?? []).flatMap(({ when }) => [...Object.keys(when?.set ?? {}), ...Object.keys(when?.notSet ?? {})]),
    ),
  )
  expect(asked.filter((id) => !Object.hasOwn(knobs.knobs, id))).toEqual([])
})

it('what is set is read however it is spelled', () => {
  const on = { state: 'set', value: false }
  expect(state('async-scheduling', file('0.15.0', { 'no-async-scheduling': true }))).toMatchObject(on)
  expect(state('async-scheduling', file('0.15.0', { 'async-scheduling': false }))).toMatchObject(on)
  expect(state('async-scheduling', file('0.15.0', { no_async_scheduling: true }))).toMatchObject(on)
  expect(state('async-scheduling', file('0.5.6', { 'disable-overlap-schedule': true }, { name: 'sglang' }))).toMatchObject(on)
  expect(state('async-scheduling', file('1.0.0', { disable_overlap_scheduler: true }, { name: 'tensorrt-llm' }))).toMatchObject(on)
  const fused = { 'cc.pass_config.fuse_allreduce_rms': 'true' }
  expect(state('fuse-allreduce-rms', file('0.18.0', fused))).toMatchObject({ state: 'set', value: true })
  expect(state('tensor-parallel-size', file('0.18.0', { tp: 8 }))).toMatchObject({ state: 'set', value: 8 })
  expect(state('tensor-parallel-size', file('0.5.9', { tp: '8' }, { name: 'sglang' }))).toMatchObject({ state: 'set', value: 8 })
})

it('a default goes by the version', () => {
  expect(state('async-scheduling', file('0.13.0'))).toMatchObject({ state: 'default', value: false })
  expect(state('async-scheduling', file('0.15.0'))).toMatchObject({ state: 'default', value: true })
  expect(state('async-scheduling', file(undefined)).state).toBe('unknown')
  expect(state('async-scheduling', file('0.14.0', { 'speculative-config.method': 'eagle' })).state).toBe('unknown')
  expect(state('async-scheduling', file('0.16.0', { 'speculative-config.method': 'eagle' }))).toMatchObject({ value: true })
  expect(state('async-scheduling', file('0.16.0', { 'speculative-config.method': 'ngram' }))).toMatchObject({ value: false })
})

it('a default goes by ranks and hardware', () => {
  const tp = { 'tensor-parallel-size': 8 }
  expect(state('fuse-allreduce-rms', file('0.18.0', tp), '9.0')).toMatchObject({ state: 'default', value: true })
  expect(state('fuse-allreduce-rms', file('0.18.0', tp), '10.3')).toMatchObject({ value: true })
  expect(state('fuse-allreduce-rms', file('0.18.0', tp), '8.0')).toMatchObject({ value: false })
  expect(state('fuse-allreduce-rms', file('0.18.0', tp)).state).toBe('unknown')
  expect(state('fuse-allreduce-rms', file('0.17.0', tp), '9.0').state).toBe('unknown')
  expect(state('fuse-allreduce-rms', file('0.14.0', tp), '9.0')).toMatchObject({ value: false })
  expect(state('fuse-allreduce-rms', file('0.18.0'), '9.0')).toMatchObject({ value: false })
})

it('a renamed knob is read by the name of its version, and the old name means nothing after', () => {
  const old = { 'compilation-config.pass_config.enable_fi_allreduce_fusion': true, 'tensor-parallel-size': 8 }
  expect(state('fuse-allreduce-rms', file('0.12.0', old), '9.0')).toMatchObject({ state: 'set', value: true })
  expect(state('fuse-allreduce-rms', file('0.14.0', old), '9.0')).toMatchObject({ state: 'default', value: false })
  const environment = { VLLM_ATTENTION_BACKEND: 'TRITON_ATTN' }
  expect(state('attention-backend', file('0.11.0', {}, { environment }))).toMatchObject({ state: 'set', value: 'TRITON_ATTN' })
  expect(state('attention-backend', file('0.18.0', {}, { environment })).state).toBe('unknown')
})

it('a version without the knob has none, and between two readings nobody knows', () => {
  expect(state('linear-backend', file('0.15.0'))).toMatchObject({ state: 'absent', why: 'vLLM 0.15.0 has no --linear-backend' })
  expect(state('moe-backend', file('0.17.0')).state).toBe('unknown')
  expect(state('linear-backend', file(undefined)).state).toBe('unknown')
  expect(state('numa-bind', file('0.5.9', {}, { name: 'sglang' })).state).toBe('absent')
})

it('the engine’s log counts more than its arguments', () => {
  const of = file('0.18.0', { 'attention-backend': 'FLASHINFER' }, { resolved: { attention_backend: 'AttentionBackendEnum.TRITON_ATTN' } })
  expect(state('attention-backend', of)).toMatchObject({ state: 'resolved', value: 'TRITON_ATTN' })
})

it('a value that is none of its type is unknown', () => {
  expect(state('max-num-seqs', file('0.18.0', { 'max-num-seqs': 'many' })).state).toBe('unknown')
  expect(state('enforce-eager', file('0.18.0', { 'enforce-eager': 'perhaps' })).state).toBe('unknown')
})

it('without a deployment nothing is known', () => {
  expect(deploymentOf(undefined, knobs).knob('async-scheduling')).toEqual({ state: 'unknown', why: 'no deployment is known' })
  expect(() => deploymentOf(undefined, knobs).knob('asynch')).toThrow('no knob')
})

it('sizes come from the knobs, GPUs only where they are sure', () => {
  const vllm = deploymentOf(file('0.18.0', { tp: 4, dp: 2, 'enable-expert-parallel': true }), knobs)
  expect(vllm).toMatchObject({ tensorParallel: 4, dataParallel: 2, pipelineParallel: 1, expertParallel: true, gpus: 8 })
  const sglang = deploymentOf(file('0.5.9', { tp: 8, dp: 8, 'enable-dp-attention': true }, { name: 'sglang' }), knobs)
  expect(sglang.gpus).toBeUndefined()
  expect(sglang.expertParallel).toBe(false)
})
