/** The page’s style: no font, image or script is fetched. Series colours keep 3:1 against their paper in light and in dark. */
const light = ['#0b62b3', '#b34700', '#1a7f37', '#8b3fa8', '#a16207', '#be185d', '#0e7490', '#525b66']
const dark = ['#6cb6ff', '#ff9d57', '#5bd174', '#d2a8ff', '#e3b341', '#ff7eb6', '#56d4dd', '#b1bac4']

const palette = (colours: readonly string[], ink: string, soft: string, grid: string, paper: string, panel: string): string =>
  `--ink:${ink};--soft:${soft};--grid:${grid};--paper:${paper};--panel:${panel};${colours.map((colour, index) => `--series${index}:${colour};`).join('')}`

const lightPalette = palette(light, '#1b1f24', '#57606a', '#d8dee4', '#ffffff', '#f6f8fa')
const darkPalette = palette(dark, '#e6edf3', '#9ea7b3', '#3d444d', '#0d1117', '#161b22')

const roles = ['ink', 'soft', 'grid', 'paper', ...light.map((_, index) => `series${index}`)]
const roleRules = roles.map((role) => `.f-${role}{fill:var(--${role})}.s-${role}{stroke:var(--${role})}`).join('')

export const style = `:root{color-scheme:light dark;${lightPalette}}
@media (prefers-color-scheme:dark){:root{${darkPalette}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:1240px;margin:0 auto;padding:0 16px}
.skip{position:absolute;left:-9999px}.skip:focus{left:8px;top:8px;background:var(--paper);padding:8px;z-index:1}
h1{font-size:1.7rem;line-height:1.25;margin:1.2rem 0 .4rem}h2{font-size:1.3rem;margin:2.4rem 0 .3rem;border-top:1px solid var(--grid);padding-top:1.2rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}
a{color:var(--series0)}:focus-visible{outline:3px solid var(--series0);outline-offset:2px}
.facts{display:flex;flex-wrap:wrap;gap:6px 18px;padding:0;margin:.6rem 0;list-style:none;color:var(--soft)}.facts b{color:var(--ink)}
nav ol{columns:2;padding-left:1.4rem;margin:.4rem 0}
.lead{font-size:1.08rem;margin:.2rem 0 1rem}
figure{margin:1rem 0;max-width:860px}.lead,.how,.notes,.partial{max-width:860px}figcaption{font-weight:600;margin-bottom:.4rem}
svg{display:block;max-width:100%;height:auto;font-family:inherit}svg.narrow{display:none}
.scroll{overflow-x:auto;margin:1rem 0;border:1px solid var(--grid);border-radius:6px}
table{border-collapse:collapse;width:100%;font-size:.84rem}caption{text-align:left;font-weight:600;padding:6px 8px}
th,td{padding:4px 8px;text-align:left;vertical-align:top;border-top:1px solid var(--grid);overflow-wrap:normal}th{background:var(--panel);font-weight:600}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}th{vertical-align:bottom}th.n{min-width:3.6em}td{white-space:nowrap}td.long{white-space:normal;min-width:min(20em,48vw)}td.name.long{overflow-wrap:anywhere}
.how,.notes{font-size:.88rem;color:var(--soft);margin:.8rem 0;padding-left:1.2rem}.how li,.notes li{margin:.15rem 0}
.partial{border-left:4px solid var(--series1);padding:.3rem .8rem;margin:.6rem 0;background:var(--panel)}
${roleRules}
@media (max-width:760px){svg.wide{display:none}svg.narrow{display:block;width:100%;max-width:520px}nav ol{columns:1}table{font-size:.78rem}th,td{padding:3px 6px}h1{font-size:1.4rem}}
@media print{:root{${lightPalette}}body{font-size:11px}nav,.skip{display:none}section{break-before:page}figure,tr{break-inside:avoid}.scroll{overflow:visible;border:0}header,main,footer{max-width:none;padding:0}svg.narrow{display:none}svg.wide{display:block}a{color:inherit;text-decoration:none}thead{display:table-header-group}}
`
