import { PNG } from 'pngjs'
import { encode } from 'uqr'

/** A QR code in two formats, both 300 by 300 pixels, dark on white whatever is around it. */
export interface QrCode {
  /** An SVG document without a declaration: it may stand in HTML as it is. */
  readonly svg: string
  /** A PNG file in base64. For an `<img>`, write `data:image/png;base64,` before it. */
  readonly png: string
}

interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const sidePx = 300
/** White around the code that readers need (ISO/IEC 18004, section 6.3.8). */
const quietModules = 4
/** Below this cameras fail. It is a code of version 18: 718 bytes. */
const smallestModulePx = 3

/**
 * Draws a text as a QR code. Modules are a whole number of pixels, so that edges are sharp. The picture contains
 * nothing of the text but its modules: no markup can come in through a name.
 * @throws RangeError for a text that is too long to be read from 300 pixels
 */
export function drawQr(text: string): QrCode {
  const { data: modules, size } = encode(text, { ecc: 'L', boostEcc: true, border: 0 })
  const modulePx = Math.floor(sidePx / (size + 2 * quietModules))
  if (modulePx < smallestModulePx) throw new RangeError(`${text.length} characters are too many for a QR code.`)
  const marginPx = Math.floor((sidePx - size * modulePx) / 2)
  const dark = modules.flatMap((row, y) =>
    findRuns(row).map(({ start, length }) => ({
      x: marginPx + start * modulePx,
      y: marginPx + y * modulePx,
      width: length * modulePx,
      height: modulePx,
    })),
  )
  return { svg: toSvg(dark), png: toPng(dark) }
}

/** Dark modules that stand side by side. */
function findRuns(row: readonly boolean[]): { start: number; length: number }[] {
  const runs: { start: number; length: number }[] = []
  for (let start = 0; start < row.length; start++) {
    if (!row[start]) continue
    const end = row.indexOf(false, start)
    const length = (end === -1 ? row.length : end) - start
    runs.push({ start, length })
    start += length
  }
  return runs
}

function toSvg(dark: readonly Rectangle[]): string {
  const path = dark.map(({ x, y, width, height }) => `M${x} ${y}h${width}v${height}h-${width}z`).join('')
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${sidePx}" height="${sidePx}" viewBox="0 0 ${sidePx} ${sidePx}" ` +
    'role="img" shape-rendering="crispEdges"><title>QR code for your authenticator app</title>' +
    `<path fill="#fff" d="M0 0h${sidePx}v${sidePx}H0z"/><path fill="#000" d="${path}"/></svg>`
  )
}

function toPng(dark: readonly Rectangle[]): string {
  const grey = { colorType: 0, inputColorType: 0, inputHasAlpha: false } as const
  const image = new PNG({ width: sidePx, height: sidePx, ...grey })
  image.data = Buffer.alloc(sidePx * sidePx, 0xff)
  for (const { x, y, width, height } of dark) {
    for (let line = y; line < y + height; line++) image.data.fill(0, line * sidePx + x, line * sidePx + x + width)
  }
  return PNG.sync.write(image, grey).toString('base64')
}
