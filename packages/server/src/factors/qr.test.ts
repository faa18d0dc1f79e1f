import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import jsQR from 'jsqr'
import { PNG } from 'pngjs'
import { judge } from '../../../../test/judge.ts'
import { drawQr } from './qr.ts'

const typical =
  'otpauth://totp/Example:alice%40example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example&algorithm=SHA1&digits=6&period=30'
/** From one letter to the most that fits. */
const texts = ['A', typical, typical.padEnd(400, '%F0%9F%98%80'), typical.padEnd(718, '%d0%96')]

const read = (png: string) => PNG.sync.read(Buffer.from(png, 'base64'))

test('079: the PNG is 300 by 300 pixels and jsqr reads it', () => {
  for (const text of texts) {
    const { width, height, data } = read(drawQr(text).png)
    assert.deepEqual([width, height], [300, 300])
    assert.equal(jsQR.default(new Uint8ClampedArray(data), width, height)?.data, text)
  }
})

test('079: zbar reads the PNG', (t) => {
  const zbarimg = judge('zbarimg', 'zbar-tools')
  if (zbarimg.missing) return t.diagnostic(`not checked: QR codes read by an independent program (${zbarimg.missing})`)
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-qr-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [index, text] of texts.entries()) {
    const file = join(folder, `${index}.png`)
    writeFileSync(file, Buffer.from(drawQr(text).png, 'base64'))
    assert.equal(zbarimg.run(['--quiet', '--raw', file]).trim(), text)
  }
})

test('the SVG and the PNG are the same picture', () => {
  for (const text of texts) {
    const { svg, png } = drawQr(text)
    const dark = new Uint8Array(300 * 300)
    const path = svg.match(/fill="#000" d="([^"]+)"/)?.[1] ?? ''
    for (const rectangle of path.matchAll(/M(\d+) (\d+)h(\d+)v(\d+)h-\3z/g)) {
      const [x, y, width, height] = rectangle.slice(1).map(Number) as [number, number, number, number]
      for (let line = y; line < y + height; line++) dark.fill(1, line * 300 + x, line * 300 + x + width)
    }
    const pixels = read(png).data
    assert.ok(dark.every((isDark, index) => pixels[index * 4] === (isDark ? 0 : 255)))
  }
})

test('the quiet zone is four modules wide at least, and modules are whole pixels', () => {
  for (const text of texts) {
    const corner = drawQr(text).svg.match(/fill="#000" d="M(\d+) (\d+)h(\d+)v(\d+)/)
    const [x, y, finderPx, modulePx] = corner!.slice(1).map(Number) as [number, number, number, number]
    // The first rectangle is the upper edge of the corner square, seven modules wide (ISO/IEC 18004, section 6.3.3.1).
    assert.equal(finderPx, 7 * modulePx)
    assert.ok(x === y && x >= 4 * modulePx && modulePx >= 3)
  }
})

test('the SVG has a name for those who cannot see it, its own white ground, and nothing of the text', () => {
  const { svg } = drawQr('"><script>alert(1)</script>')
  assert.match(
    svg,
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="300" height="300" viewBox="0 0 300 300" role="img"/,
  )
  assert.match(svg, /<title>QR code for your authenticator app<\/title><path fill="#fff" d="M0 0h300v300H0z"\/>/)
  assert.doesNotMatch(svg, /script|alert/)
})

test('a text that no camera could read is an error', () => {
  assert.throws(() => drawQr('a'.repeat(719)), RangeError)
  assert.throws(() => drawQr('a'.repeat(10_000)), RangeError)
})
