import { join } from 'node:path'
import * as z from 'zod'
import { buildReport, statusOf } from '#analysis/report/build-report.ts'
import type { ReportSubject } from '#analysis/report/report-subject.ts'
import { SextantError } from '#base/errors.ts'
import { jsonText } from '#base/json-text.ts'
import { type Report, type ReportRender, reportRenderSchema } from '#formats/report.ts'
import { readBundleSubject } from '#pipeline/report/read-bundle-subject.ts'
import { readCampaignSubject } from '#pipeline/report/read-campaign-subject.ts'
import { writeWhole } from '#platform/files.ts'
import { renderHtml } from '#report/html/render-html.ts'
import { type CommandContext, defineCommand } from './define-command.ts'
import { folderOf } from './framework/campaign-input.ts'
import { askContext, cacheInput } from './framework/capture-input.ts'
import { reportText } from './text/report-text.ts'

const input = z.object({
  campaign: z.string().optional().describe('Campaign folder, or its name below campaigns/'),
  bundle: z.string().optional().describe('Folder of an evidence bundle; needs no campaign'),
  html: z.boolean().default(false).describe('Only report.html, unless --pdf too'),
  pdf: z.boolean().default(false).describe('Only report.pdf, unless --html too; with neither both are made'),
  dryRun: z.boolean().default(false).describe('Make and check everything, write nothing'),
  cache: cacheInput,
})
type Input = z.output<typeof input>

async function subjectOf(
  context: CommandContext,
  { campaign, bundle, cache }: Input,
): Promise<{ readonly folder: string; readonly subject: ReportSubject }> {
  if (campaign !== undefined && bundle === undefined) {
    const folder = folderOf(context, campaign)
    return { folder, subject: readCampaignSubject(folder, context.configRoot) }
  }
  if (bundle !== undefined && campaign === undefined) {
    const folder = context.path(bundle)
    return { folder, subject: await readBundleSubject(askContext(context, cache), folder, bundle) }
  }
  throw new SextantError('usage', 'one of --campaign and --bundle is needed', 'Give --campaign FOLDER or --bundle FOLDER, not both.')
}

function nextOf(report: Report): ReportRender['next'] {
  const omitted = report.coverage.find(
    ({ page, state }) => state === 'omitted' && ['ncu-roofline', 'dcgm-sol', 'kernel-breakdown'].includes(page),
  )
  if (omitted !== undefined)
    return {
      lever: `measure what the page “${omitted.title}” lacks`,
      expectedUnlock: `rigor above ${report.rigor.sol_rigor}: ${omitted.reason}`,
      gate: 'sextant report render shows the page',
    }
  return { lever: 'publish it', expectedUnlock: 'others can query it', gate: 'sextant lake publish' }
}

/** PDFKit and the fonts are loaded only for it. Checked before anybody sees it. */
async function pdfOf(report: Report, configRoot: string): Promise<{ readonly bytes: Uint8Array; readonly said: ReportRender['pdf'] }> {
  const fonts = join(configRoot, 'fonts')
  const { renderPdf } = await import('#report/pdf/render-pdf.ts')
  const { checkPdf } = await import('#report/pdf/check-pdf.ts')
  const bytes = await renderPdf(report, fonts)
  const { pages, cells, numbers } = checkPdf(bytes, report, fonts)
  return { bytes, said: { bytes: bytes.length, pages, cells_compared: cells, numbers_compared: numbers } }
}

export const command = defineCommand({
  name: 'report render',
  tool: 'perf_tune_report_report_render',
  summary: 'A campaign or an evidence bundle as pages for people: self-contained HTML and PDF, with every figure and how it was made',
  effect: 'writes_artifacts',
  input,
  output: reportRenderSchema,
  examples: [
    { title: 'what a report of a campaign would hold', args: ['--campaign', 'examples/campaign', '--dry-run'] },
    {
      title: 'an evidence bundle without a campaign, from its captures',
      args: ['--bundle', 'examples/synthesis-bundle', '--html', '--dry-run'],
    },
  ],
  async run(context, given) {
    const { folder, subject } = await subjectOf(context, given)
    const report = buildReport(subject)
    const status = statusOf(subject, report)
    const html = given.html || !given.pdf ? renderHtml(report) : undefined
    const pdf = given.pdf || !given.html ? await pdfOf(report, context.configRoot) : undefined
    const answer: ReportRender = {
      schema: 'report-render/1',
      sources: report.sources,
      id: report.id,
      kind: report.kind,
      dryRun: given.dryRun,
      status,
      ...(html === undefined
        ? {}
        : { html: { bytes: Buffer.byteLength(html), figures: report.pages.reduce((sum, { figures }) => sum + figures.length, 0) } }),
      ...(pdf?.said === undefined ? {} : { pdf: pdf.said }),
      written: [],
      notes: report.notes,
      next: nextOf(report),
    }
    if (given.dryRun) return answer
    const files: [string, string | Uint8Array][] = [
      ['report.json', `${JSON.stringify(report, null, 1)}\n`],
      ...(html === undefined ? [] : [['report.html', html] satisfies [string, string]]),
      ...(pdf === undefined ? [] : [['report.pdf', pdf.bytes] satisfies [string, Uint8Array]]),
      // Last: it says that the others are there.
      ['report_status.json', jsonText(status)],
    ]
    for (const [name, content] of files) writeWhole(join(folder, name), content)
    return { ...answer, written: files.map(([name]) => name) }
  },
  render: reportText,
})
