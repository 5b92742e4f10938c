import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import type { DeploymentFile, EngineName } from '#formats/deployment.ts'
import { engineKnobsSchema } from '#formats/engine-knobs.ts'
import { applySettings } from './apply-settings.ts'
import { deploymentOf } from './knobs.ts'
import type { KnobSetting } from './lever.ts'
import { renderSettings } from './render-settings.ts'

const knobs = engineKnobsSchema.parse(parse(readFileSync(join(import.meta.dirname, '../../../configs/engine-knobs.yaml'), 'utf8')))

const file = (version: string | undefined, given: DeploymentFile['arguments'] = {}, name: EngineName = 'vllm'): DeploymentFile => ({
  schema: 'deployment/1',
  engine: { name, ...(version === undefined ? {} : { version }) },
  arguments: given,
  environment: { HF_HOME: '/models' },
})
const render = (of: DeploymentFile, ...settings: KnobSetting[]) => renderSettings(of, settings, knobs)

it('what the default gives is only dropped; else it is written', () => {
  const off = { 'no-async-scheduling': true }
  expect(render(file('0.15.0', off), { knob: 'async-scheduling', to: true }).arguments).toEqual(['- --no-async-scheduling'])
  expect(render(file('0.12.0', {}), { knob: 'async-scheduling', to: true }).arguments).toEqual(['+ --async-scheduling'])
  expect(render(file('0.15.0', {}), { knob: 'async-scheduling', to: false }).arguments).toEqual(['+ --no-async-scheduling'])
  const sglang = file('0.5.9', { 'disable-overlap-schedule': true }, 'sglang')
  expect(render(sglang, { knob: 'async-scheduling', to: true }).arguments).toEqual(['- --disable-overlap-schedule'])
})

it('a JSON argument is written whole, so that a dotted one beside it loses nothing', () => {
  const of = file('0.14.0', { 'compilation-config.cudagraph_mode': 'FULL', 'compilation-config.pass_config.fuse_allreduce_rms': false })
  expect(render(of, { knob: 'fuse-allreduce-rms', to: true }).arguments).toEqual([
    `- --compilation-config '{"cudagraph_mode":"FULL","pass_config":{"fuse_allreduce_rms":false}}'`,
    `+ --compilation-config '{"cudagraph_mode":"FULL","pass_config":{"fuse_allreduce_rms":true}}'`,
  ])
})

it('the spelling is that of the version', () => {
  const { arguments: old } = render(file('0.12.0'), { knob: 'fuse-allreduce-rms', to: true })
  expect(old).toEqual([`+ --compilation-config '{"pass_config":{"enable_fi_allreduce_fusion":true}}'`])
  expect(render(file('0.11.0'), { knob: 'attention-backend', to: 'FLASH_ATTN' }).environment).toEqual([
    '+ VLLM_ATTENTION_BACKEND=FLASH_ATTN',
  ])
  expect(render(file('0.18.0'), { knob: 'attention-backend', to: 'FLASH_ATTN' }).arguments).toEqual(['+ --attention-backend FLASH_ATTN'])
})

it('side effects of the value, not of others', () => {
  expect(render(file('0.18.0'), { knob: 'all2all-backend', to: 'deepep_low_latency' }).sideEffects[0]).toContain('drops to 256')
  expect(render(file('0.18.0'), { knob: 'all2all-backend', to: 'flashinfer_nvlink_one_sided' }).sideEffects).toEqual([])
})

it('Helm values hold all arguments and only the changed environment', () => {
  const { helm } = render(file('0.27.1', { 'max-num-seqs': 64 }), { knob: 'nccl-symm-mem', to: true }, { knob: 'stream-interval', to: 8 })
  expect(helm).toBe(
    [
      'vllm:',
      '  extraArgs:',
      '    - "--max-num-seqs 64"',
      '    - "--stream-interval 8"',
      '  # Only the changed entries: a chart replaces the list, so keep your others beside them.',
      '  env:',
      '    - name: "VLLM_USE_NCCL_SYMM_MEM"',
      '      value: "1"',
      '',
    ].join('\n'),
  )
})

it('nothing is shown that may be a secret, and a stranger’s text stays one word', () => {
  const { helm } = render(file('0.15.0', { 'api-key': 's3cret', 'served-model-name': '$(rm -rf /)' }), {
    knob: 'async-scheduling',
    to: false,
  })
  expect(helm).not.toContain('s3cret')
  expect(helm).toContain(`--served-model-name '$(rm -rf /)'`)
})

it('after the change the knob is what was asked for, in any version that has it', () => {
  for (const version of ['0.10.0', '0.12.0', '0.14.0', '0.18.0', '0.27.1']) {
    for (const name of ['vllm', 'sglang'] as const) {
      for (const [id, knob] of Object.entries(knobs.knobs)) {
        if (knob.engines[name] === undefined) continue
        const before = deploymentOf(file(version, {}, name), knobs).knob(id)
        if (before.state === 'absent') continue
        const to = knob.type === 'boolean' ? true : knob.type === 'text' ? 'x' : 3
        const { file: after } = applySettings(file(version, {}, name), [{ knob: id, to }], knobs)
        const now = deploymentOf(after, knobs).knob(id)
        expect({ id, version, name, now }).toMatchObject({ now: { value: to } })
        const back = applySettings(after, [{ knob: id, to: undefined }], knobs).file
        expect(deploymentOf(back, knobs).knob(id)).toEqual(before)
      }
    }
  }
})

it('an unknown knob is a bug of the lever', () => {
  expect(() => render(file('0.18.0'), { knob: 'mixed-chunk', to: true })).toThrow('has no knob')
})
