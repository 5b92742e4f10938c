import { describe, expect, it } from 'vitest'
import { isSextantError } from '#base/errors.ts'
import { parseCampaignConfig } from './config-file.ts'

const good = `# the question
campaign:
  target_release: llm
  comparator_baseline: base
cells:
  - id: base
    backend: vllm-sweep
    concurrencies: [1, 8]
    parallel_strategy: TP
  - id: mtp
    backend: aiperf
    concurrencies: [1, 8]
focus: throughput
`
function refusal(text: string): string {
  try {
    parseCampaignConfig(text, 'config.yaml')
    return 'accepted'
  } catch (error) {
    return isSextantError(error) ? `${error.code} ${error.message}` : String(error)
  }
}

describe('config.yaml of a campaign', () => {
  it('keeps what it says, and names keys of others with their line', () => {
    const { config, notes } = parseCampaignConfig(`${good}grafana_folder: x\n`, 'config.yaml')
    expect(config.cells.map(({ id }) => id)).toEqual(['base', 'mtp'])
    expect(notes).toEqual(['config.yaml line 14: grafana_folder is not known here and not used'])
  })

  it.each([
    ['TP of the field’s own example', good.replace('parallel_strategy: TP', 'parallel_strategy: tp1'), 'line 9: cells.0.parallel_strategy'],
    ['a concurrency that is none', good.replace('[1, 8]', '[1, zero]'), 'line 8: cells.0.concurrencies.1'],
    ['a key that is missing', good.replace('    backend: aiperf\n', ''), 'line 10: cells.1.backend'],
    [
      'a misspelled key',
      good.replace('concurrencies: [1, 8]\n    par', 'concurrencies: [1, 8]\n    quant_: x\n    par'),
      'line 9: cells.0.quant_: no such key; did you mean quant?',
    ],
    ['two cells of one id', good.replace('id: mtp', 'id: base'), 'line 10: the id base is taken by cell 1'],
    ['an arm where a roofline sweep goes', good.replace('id: mtp', 'id: base-decode'), 'line 10: base-decode is where the roofline sweep'],
    ['a baseline that is no cell', good.replace('baseline: base', 'baseline: gone'), 'line 4: gone is none of the cells (base, mtp)'],
    ['text that is no YAML', good.replace('cells:', 'cells: ['), 'line'],
    ['an id that leaves the folder', good.replace('id: mtp', 'id: ../mtp'), 'line 10: cells.1.id'],
    ['an unknown focus', good.replace('focus: throughput', 'focus: speed'), 'line 13: focus'],
  ])('refuses %s, with its line', (_, text, message) => {
    expect(refusal(text)).toContain('corrupt_file config.yaml is no configuration of a campaign')
    expect(refusal(text)).toContain(message)
  })

  it('trap H6: accuracy is a focus of its own', () => {
    expect(parseCampaignConfig(good.replace('focus: throughput', 'focus: accuracy'), 'c').config.focus).toBe('accuracy')
  })

  it('names every problem at once, in order of lines', () => {
    const message = refusal(good.replace('id: mtp', 'id: base').replace('baseline: base', 'baseline: gone'))
    expect(message.indexOf('line 4')).toBeGreaterThan(0)
    expect(message.indexOf('line 10')).toBeGreaterThan(message.indexOf('line 4'))
  })
})
