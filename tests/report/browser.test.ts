/** The HTML in a real browser, where there is one: no console message, no network, three widths, the keyboard, hostile names. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildReport } from '../../src/analysis/report/build-report.ts'
import { readCampaignSubject } from '../../src/pipeline/report/read-campaign-subject.ts'
import { renderHtml } from '../../src/report/html/render-html.ts'
import { checkoutRoot } from '../support/checkout.ts'
import { hostileCampaign, hostileNames } from './hostile-campaign.ts'

const executablePath = process.env['SEXTANT_CHROMIUM'] ?? '/usr/bin/chromium'
const isThere = existsSync(executablePath)
const why = isThere ? '' : ` (skipped: no ${executablePath}; apt-get install chromium, or set SEXTANT_CHROMIUM)`

let folder = ''
let browser: Browser | undefined
let address = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-browser-'))
  if (!isThere) return
  const report = buildReport(readCampaignSubject(hostileCampaign(join(folder, 'campaign')), join(checkoutRoot, 'configs')))
  writeFileSync(join(folder, 'report.html'), renderHtml(report))
  address = pathToFileURL(join(folder, 'report.html')).href
  const flags =
    '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'
  browser = await chromium.launch({ executablePath, headless: true, args: flags.split(' ') })
}, 60_000)
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Opened {
  readonly page: Page
  readonly said: readonly string[]
  readonly asked: readonly string[]
}

async function open(width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
  if (browser === undefined) throw new Error('no browser')
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
  const [said, asked]: [string[], string[]] = [[], []]
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => said.push(error.message))
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(address)
  return { page, said, asked }
}

for (const [width, scheme] of [
  [390, 'light'],
  [820, 'dark'],
  [1440, 'light'],
] as const) {
  test.skipIf(!isThere)(`${width} px, ${scheme}: quiet, offline, nothing wider than the window, text readable${why}`, async () => {
    const { page, said, asked } = await open(width, scheme)
    expect(said).toEqual([])
    expect(asked.filter((url) => url !== address && !url.startsWith('data:'))).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    // Letters of charts as they appear, after scaling to the window.
    const least = await page.evaluate(
      `Math.min(...[...document.querySelectorAll('svg text')].filter((t) => t.getBoundingClientRect().height > 0).map((t) => Number(t.getAttribute('font-size')) * t.getScreenCTM().a))`,
    )
    expect(least).toBeGreaterThanOrEqual(8.5)
    const shot = await page.screenshot({ path: join(folder, `${width}.png`) })
    expect(shot.length).toBeGreaterThan(10_000)
    await page.close()
  })
}

test.skipIf(!isThere)(`trap H26: hostile names ran nothing and are text${why}`, async () => {
  const { page } = await open(1440)
  expect(await page.evaluate('window.owned')).toBeUndefined()
  expect(await page.evaluate(`document.querySelectorAll('script, iframe, img, object, embed, [onload], [onerror]').length`)).toBe(0)
  const text = String(await page.evaluate('document.body.textContent'))
  for (const name of hostileNames.slice(0, 6)) expect(text).toContain(name)
  expect(await page.evaluate('document.title')).toBe(hostileNames[4])
  await page.close()
})

test.skipIf(!isThere)(`the keyboard reaches every page and every table that scrolls, in the order of reading${why}`, async () => {
  const { page } = await open(390)
  const expected = Number(await page.evaluate(`document.querySelectorAll('a[href], [tabindex="0"]').length`))
  const tops: number[] = []
  const seen = new Set<string>()
  for (let press = 0; press < expected; press += 1) {
    await page.keyboard.press('Tab')
    const [index, top] = (await page.evaluate(
      `[[...document.querySelectorAll('a[href], [tabindex="0"]')].indexOf(document.activeElement), document.activeElement.getBoundingClientRect().top + scrollY]`,
    )) as [number, number]
    seen.add(String(index))
    if (press > 0) tops.push(top)
  }
  expect(seen.size).toBe(expected)
  expect(tops).toEqual(tops.toSorted((a, b) => a - b))
  const levels = (await page.evaluate(`[...document.querySelectorAll('h1,h2,h3')].map((h) => Number(h.tagName[1]))`)) as number[]
  expect(levels.filter((level) => level === 1)).toHaveLength(1)
  levels.slice(1).forEach((level, index) => {
    expect(level - (levels[index] ?? 0)).toBeLessThanOrEqual(1)
  })
  await page.close()
})

test.skipIf(!isThere)(`it prints: every table whole, on light paper${why}`, async () => {
  const { page } = await open(1440, 'dark')
  const bytes = await page.pdf({ format: 'A4', printBackground: true })
  expect(bytes.length).toBeGreaterThan(50_000)
  await page.emulateMedia({ media: 'print' })
  expect(await page.evaluate('getComputedStyle(document.documentElement).getPropertyValue("--paper")')).toBe('#ffffff')
  await page.close()
})

test('the file asks for nothing by its own text', () => {
  const html = renderHtml(buildReport(readCampaignSubject(join(checkoutRoot, 'examples/campaign'), join(checkoutRoot, 'configs'))))
  expect([...html.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, url]) => url)).toEqual(['data:,'])
  expect(html).not.toMatch(/@import|url\(/)
  expect(readFileSync(join(checkoutRoot, 'src/report/html/render-html.ts'), 'utf8')).toContain("default-src 'none'")
})
