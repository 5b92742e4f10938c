/** A roofline as SVG that stands on a slide: log-log, a roof per data type, a dot per kernel coloured by what bounds it, its area by time. */
import type { Roofline } from '#formats/roofline.ts'
import { grid, roofLines } from './roofline/axes.ts'
import { dots, dotsOf, legend, list } from './roofline/kernels.ts'
import { cutName, drawnPoints, escapeXml, page, scaleOf, textAt } from './roofline/page.ts'

const style =
  '.grid{stroke:#e4e4e4}.roof{stroke:#333333;stroke-width:2.5}.headroom{stroke:#777777;stroke-width:1.5;stroke-dasharray:4 4}' +
  '.leader{stroke:#999999}.axis{font-size:17px}.title{font-size:26px;font-weight:600}.subtitle{font-size:15px;fill:#555555}.heading{font-size:16px;font-weight:600}' +
  '.name{font-size:14px;font-weight:600}.detail{font-size:14px;fill:#444444}.rooflabel{font-size:15px;font-weight:600;fill:#333333}' +
  '.number{font-size:13px;font-weight:600}.number,.rooflabel{paint-order:stroke;stroke:#ffffff;stroke-width:4px}.inside{font-size:14px;font-weight:700;fill:#ffffff}circle{stroke:#ffffff;stroke-width:1.5}'

/** Longest line of sources below the title. */
const SUBTITLE_LENGTH = 110

/** Kernels that computed nothing or that nothing is known of are counted beside: a log axis has no zero. */
export function rooflineSvg(roofline: Omit<Roofline, 'svg'>): string {
  const drawn = drawnPoints(roofline)
  const scale = scaleOf(drawn, roofline.roofs)
  const { hardware } = roofline
  const title = `Roofline on ${hardware?.name ?? 'a device without known ceilings'}`
  const sources = roofline.sources.map(({ path }) => path).join(', ')
  const subtitle = `Hardware counters per kernel${hardware === undefined ? '' : `; ceilings of ${hardware.key}`}${sources === '' ? '' : `; from ${sources}`}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${page.width} ${page.height}" font-family="Helvetica, Arial, sans-serif" font-size="15" role="img">
<title>${escapeXml(title)}</title>
<style>text{fill:#222222}${style}</style>
<rect width="${page.width}" height="${page.height}" fill="#ffffff"/>
${textAt(page.left, 38, title, { class: 'title' })}
${textAt(page.left, 62, cutName(subtitle, SUBTITLE_LENGTH), { class: 'subtitle' })}
${grid(scale)}
${roofLines(roofline.roofs, scale, dotsOf(drawn, scale))}
${dots(drawn, scale)}
${list(drawn, roofline)}
${legend(drawn)}
</svg>
`
}
