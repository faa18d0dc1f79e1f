import { drawQr } from '../factors/qr.ts'
import { html, trusted } from '../pages/html.ts'
import type { Step } from './flow.ts'
import { codeField, form, passkeyForm, type Sight, type View } from './sign-in-views.ts'

type At<Name extends Step['at']> = Sight<Extract<Step, { at: Name }>>

/** How long somebody may try to scan before the key for typing opens by itself. */
const scanMs = 30_000

export function enrollView(sight: At<'enroll'>): View {
  const { words, step, hasPasskeys } = sight
  const choices = [
    ...(hasPasskeys ? [{ type: 'webauthn', text: words.enroll_webauthn }] : []),
    { type: 'totp', text: words.enroll_totp },
  ]
  const list = choices.map(
    ({ type, text }, index) =>
      html`<label class="choice"><input type="radio" name="type" value="${type}"${index === 0 && html` checked`}>${text}</label>`,
  )
  const why = step.isRecovery ? words.enroll_recovered : words.enroll_why
  const choose = html`<p>${why}</p><div role="radiogroup" aria-labelledby="title">${list}</div><button>${words.enroll_set_up}</button>`
  return { title: words.enroll_title, body: form(sight, 'set_up', choose) }
}

export function appView(sight: At<'enroll_app'>): View {
  const { words, step, isWrong } = sight
  const { key, uri } = step
  const typed = html`${codeField(words, words.app_code, { isWrong })}<button>${words.confirm}</button>`
  const keyBox = html`<details data-opens="${scanMs}"><summary>${words.app_key}</summary><p class="key" id="key" data-text="${key.replaceAll(' ', '')}">${key}</p><button class="quiet" type="button" hidden data-copy="key" data-done="${words.copied}">${words.copy}</button></details><p class="unseen" id="opened" role="status"></p>`
  return {
    title: words.app_title,
    body: html`<p>${words.app_scan}</p><div class="qr">${trusted(drawQr(uri).svg)}</div><p><a href="${uri}">${words.app_open}</a></p>${keyBox}${form(sight, 'confirm', typed)}${back(sight)}`,
  }
}

export function newPasskeyView(sight: At<'enroll_passkey'>): View {
  const { words, step } = sight
  const make = passkeyForm(sight, { options: step.options, label: words.passkey_make })
  return { title: words.passkey_title, body: html`<p>${words.passkey_hint}</p>${make}${back(sight)}` }
}

function back(sight: Sight) {
  return html`<div class="ways">${form(sight, 'enroll', html`<button class="link">${sight.words.back}</button>`)}</div>`
}

export function codesView(sight: At<'codes'>): View {
  const { words, step, app, now, isWrong } = sight
  const day = now.toISOString().slice(0, 10)
  const file = [`${app}, ${day}`, ...step.codes].join('\n')
  const list = html`<ol class="codes" id="codes" data-text="${file}">${step.codes.map((code) => html`<li>${code}</li>`)}</ol>`
  const buttons = html`<button class="quiet" type="button" hidden data-copy="codes" data-done="${words.copied}">${words.copy}</button><button class="quiet" type="button" hidden data-download="codes" data-name="${`recovery-codes-${day}.txt`}">${words.download}</button><button class="quiet" type="button" hidden data-print>${words.print}</button>`
  const typed = html`<input type="hidden" id="saved" name="saved"><label for="typed">${step.setId ? words.codes_type : words.codes_typed}</label><input type="text" id="typed" name="typed" autocomplete="off" autocapitalize="none" spellcheck="false"${isWrong && html` aria-invalid="true" aria-describedby="problem" data-focus`}><button>${words.continue}</button>`
  return {
    title: words.codes_title,
    body: html`<p>${words.codes_hint}</p>${list}${buttons}${form(sight, 'saved', typed)}`,
  }
}
