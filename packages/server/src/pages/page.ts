import { type Html, html } from './html.ts'

/** A page for people: one question, one main button. */
export interface Page {
  readonly lang: string
  readonly title: string
  /** Stands above the title: whose application it is for. */
  readonly name?: string | undefined
  readonly body: Html
  /** A script of its own. */
  readonly script?: string
  /** What went wrong. It is said first, and read aloud. */
  readonly problem?: string | undefined
  /** The word for it, before the title of the page. */
  readonly errorWord?: string
}

/** All pages have one frame, one style and one script, and work without the script. */
export function page({ lang, title, name, body, problem, script, errorWord = 'Error' }: Page): string {
  const all = [problem === undefined ? '' : `${errorWord}: `, title, name ? ` · ${name}` : ''].join('')
  const alert =
    problem !== undefined &&
    html`<p class="problem" id="problem" role="alert"><span aria-hidden="true">!</span> ${problem}</p>`
  return html`<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${all}</title><link rel="stylesheet" href="/pages/style.css"><script src="/pages/page.js" defer></script>${script !== undefined && html`<script src="${script}" defer></script>`}</head>
<body><main>${name !== undefined && html`<p class="name">${name}</p>`}<h1 id="title">${title}</h1>${alert}${body}</main></body></html>
`.markup
}

/** What pages need of a browser: nothing from elsewhere, nothing inline, in no frame. `target` is where a form may lead to. */
export function pagePolicy(target?: string): string {
  const targets = ["'self'", ...(target === undefined ? [] : [target])].join(' ')
  return `default-src 'none'; script-src 'self'; style-src 'self'; form-action ${targets}; base-uri 'none'; frame-ancestors 'none'`
}
