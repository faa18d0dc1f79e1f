import type { CaptchaTask, Challenge } from '@gatehouse/contract/resources'
import type { PasskeyRequestOptions } from '@gatehouse/contract/webauthn'
import { type Html, html } from '../pages/html.ts'
import type { Flow, Step } from './flow.ts'
import { say, type Words } from './words.ts'

/** What a view is made of: where somebody stands, and what goes with that. */
export interface Sight<S extends Step = Step> {
  readonly flow: Flow
  readonly step: S
  readonly words: Words
  readonly lang: string
  /** The application. */
  readonly app: string
  readonly now: Date
  /** Something was wrong with what was sent from this page. */
  readonly isWrong: boolean
  readonly challenge?: Challenge | undefined
  readonly passkey?: PasskeyRequestOptions | undefined
  readonly captcha?: CaptchaTask | undefined
  readonly hasPasskeys: boolean
  readonly canRegister: boolean
  readonly rememberedHours: number
  readonly recoveryHours: number
}

export interface View {
  readonly title: string
  readonly body: Html
}

type At<Name extends Step['at']> = Sight<Extract<Step, { at: Name }>>

/** A form that makes a move. */
export function form({ flow }: Pick<Sight, 'flow'>, move: string, body: Html): Html {
  return html`<form method="post" action="/sign-in/${flow.id}"><input type="hidden" name="mark" value="${flow.mark}"><input type="hidden" name="do" value="${move}">${body}</form>`
}

/** The same for a passkey, which asks the device by a script. */
export function passkeyForm(
  sight: Pick<Sight, 'flow' | 'words'>,
  {
    options,
    label,
    isQuiet = false,
    isInField = false,
  }: { options: object; label: string; isQuiet?: boolean; isInField?: boolean },
): Html {
  const { flow, words } = sight
  return html`<form method="post" action="/sign-in/${flow.id}" data-passkey="${JSON.stringify(options)}"${isInField && html` data-in-field=""`} data-asks="${words.passkey_asks}" data-failed="${words.passkey_failed}" data-missing="${words.passkey_missing}"><input type="hidden" name="mark" value="${flow.mark}"><input type="hidden" name="do" value="passkey"><input type="hidden" name="response"><button${isQuiet && html` class="quiet"`} type="button" hidden>${label}</button><p class="hint" role="status"></p><noscript><p>${words.passkey_script}</p></noscript></form>`
}

function invalid(isWrong: boolean): Html | false {
  return isWrong && html` aria-invalid="true" aria-describedby="problem" data-focus`
}

/** What a code is typed into: one field for all of it. */
export function codeField(
  words: Words,
  label: string,
  { isWrong, hint, isLetters = false }: { isWrong: boolean; hint?: string | undefined; isLetters?: boolean },
): Html {
  const mode = isLetters ? html`autocapitalize="none"` : html`inputmode="numeric" autocomplete="one-time-code"`
  return html`<label for="code">${label || words.code}</label>${hint !== undefined && html`<p class="hint" id="hint">${hint}</p>`}<input class="code" type="text" id="code" name="code" ${mode} spellcheck="false"${isWrong ? invalid(true) : html`${hint !== undefined && html` aria-describedby="hint"`} data-focus`}>`
}

export function emailView(sight: At<'email'>): View {
  const { flow, words, step, app, passkey, isWrong } = sight
  const email = step.email ?? flow.request.email
  const typed = html`<label for="email">${words.email}</label><input type="email" id="email" name="email" autocomplete="username webauthn" autocapitalize="none" spellcheck="false" value="${email ?? ''}"${invalid(isWrong)}><button>${words.continue}</button>`
  return {
    title: words.email_title,
    body: html`${form(sight, 'email', typed)}${passkey && passkeyForm(sight, { options: passkey, label: words.use_passkey, isQuiet: true, isInField: true })}${register(sight)}${ways(form(sight, 'cancel', html`<button class="link">${say(words.cancel, { app })}</button>`))}`,
  }
}

export function passwordView(sight: At<'password'>): View {
  const { words, step, captcha, isWrong } = sight
  const work =
    captcha?.provider === 'pow' &&
    html`<p class="hint" id="worked" role="status" data-done="${words.worked}">${words.work}</p><noscript><p>${words.work_script}</p></noscript><input type="hidden" name="captcha_token" data-work="${JSON.stringify(captcha)}">`
  const typed = html`<input type="hidden" name="username" autocomplete="username" value="${step.email}"><label for="password">${words.password}</label><input type="password" id="password" name="password" autocomplete="current-password"${isWrong ? invalid(true) : html` data-focus`}><button class="link" type="button" hidden data-show="password" data-hide="${words.hide}">${words.show}</button>${work}<button>${words.sign_in}</button>`
  return {
    title: words.password_title,
    body: html`${whoIs(sight, step.email)}${form(sight, 'password', typed)}${ways(form(sight, 'forgot', html`<button class="link">${words.forgot}</button>`))}${register(sight)}`,
  }
}

export function forgotView(sight: At<'forgot'>): View {
  const { words, step } = sight
  const { email } = step
  const again = form(sight, 'restart', html`<button class="quiet">${words.back}</button>`)
  if (step.isSent)
    return { title: words.forgot_done_title, body: html`<p>${say(words.forgot_done, { email })}</p>${again}` }
  const send = form(sight, 'mail', html`<button>${words.forgot_send}</button>`)
  return { title: words.forgot_title, body: html`<p>${say(words.forgot_hint, { email })}</p>${send}${again}` }
}

export function registerView(sight: At<'register'>): View {
  const { words, step, isWrong } = sight
  const { email } = step
  const again = ways(form(sight, 'restart', html`<button class="link">${words.back}</button>`))
  if (step.isSent)
    return { title: words.forgot_done_title, body: html`<p>${say(words.register_done, { email })}</p>${again}` }
  const typed = html`<label for="email">${words.email}</label><input type="email" id="email" name="email" autocomplete="email" autocapitalize="none" spellcheck="false" value="${email}"${isWrong ? invalid(true) : html` data-focus`}><button>${words.forgot_send}</button>`
  return {
    title: words.register_title,
    body: html`<p>${words.register_hint}</p>${form(sight, 'sign_up', typed)}${again}`,
  }
}

export function codeView(sight: At<'code'>): View {
  const { words, step, challenge, isWrong } = sight
  const type = challenge?.factors.find(({ id }) => id === step.factorId)?.type ?? 'totp'
  const about = step.email !== '' && whoIs(sight, step.email)
  const another = ways(form(sight, 'ways', html`<button class="link">${words.another}</button>`))
  const title = step.isStepUp ? words.confirm_title : words.code_title
  if (type === 'webauthn') {
    const { passkey } = sight
    const use = passkey && passkeyForm(sight, { options: passkey, label: words.use_passkey })
    return { title: words.confirm_title, body: html`${about}<p>${words.hint_webauthn}</p>${use}${another}` }
  }
  if (type === 'push') {
    const shown = html`<p>${words.push_hint}</p><p class="number">${step.number ?? ''}</p>${remember(sight)}<button>${words.push_done}</button>`
    return { title: words.push_title, body: html`${about}${form(sight, 'code', shown)}${another}` }
  }
  const isLetters = type === 'recovery_codes' || type === 'access_pass'
  const hint = say(words[`hint_${type}`], { to: step.sentTo ?? '' })
  const field = codeField(words, '', { isWrong, hint, isLetters })
  const typed = html`${field}${!isLetters && remember(sight)}<button>${words.verify}</button>`
  return { title, body: html`${about}${form(sight, 'code', typed)}${resend(sight, type)}${another}` }
}

function remember({ words, step, rememberedHours }: At<'code'>): Html | false {
  if (rememberedHours === 0 || step.isStepUp) return false
  return html`<label class="choice"><input type="checkbox" name="remember" value="1">${say(words.remember, { hours: rememberedHours })}</label>`
}

function resend(sight: At<'code'>, type: string): Html | false {
  if (type !== 'sms' && type !== 'email') return false
  const { words, step, now } = sight
  const left = Math.max(0, Math.ceil(((step.resendAt ?? 0) - now.getTime()) / 1000))
  const waits = html`<p class="hint" role="status" data-until="${left}" data-button="resend" data-words="${words.resend_wait}"></p>`
  return form(sight, 'send', html`${waits}<button class="link" id="resend">${words.resend}</button>`)
}

export function waysView(sight: At<'ways'>): View {
  const { words, step, challenge } = sight
  const factors = challenge?.factors ?? []
  const checked = factors.find(({ id }) => id !== step.lastId)?.id ?? 'none'
  const choices = factors.map(({ id, type, label }) => ({ id: id as string, text: words[`way_${type}`], label }))
  if (!step.isStepUp) choices.push({ id: 'none', text: words.none, label: null })
  const list = choices.map(
    ({ id, text, label }) =>
      html`<label class="choice"><input type="radio" name="factor" value="${id}"${id === checked && html` checked`}><span>${text}${label !== null && html` <small>${label}</small>`}</span></label>`,
  )
  const choose = html`<div role="radiogroup" aria-labelledby="title">${list}</div><button>${words.continue}</button>`
  return { title: words.ways_title, body: form(sight, 'choose', choose) }
}

export function lostView(sight: At<'lost'>): View {
  const { words, step, lang, recoveryHours } = sight
  const back = ways(form(sight, 'ways', html`<button class="link">${words.back}</button>`))
  if (step.readyAt === undefined) {
    const ask = form(sight, 'recover', html`<button>${words.lost_ask}</button>`)
    return { title: words.lost_title, body: html`<p>${say(words.lost, { hours: recoveryHours })}</p>${ask}${back}` }
  }
  const time = new Intl.DateTimeFormat(lang, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  const said = say(words.lost_done, { time: `${time.format(new Date(step.readyAt))} UTC`, way: words.way_access_pass })
  return { title: words.lost_done_title, body: html`<p>${said}</p>` }
}

/** For who has no account yet, where people may make one. */
function register(sight: Sight): Html | false {
  return sight.canRegister && ways(form(sight, 'register', html`<button class="link">${sight.words.register}</button>`))
}

/** Whose sign-in it is, and the way to make it that of somebody else. */
function whoIs(sight: Sight, email: string): Html {
  const { words } = sight
  return html`<div class="hint">${say(words.signed_in_as, { email })} ${form(sight, 'restart', html`<button class="link">${words.not_you}</button>`)}</div>`
}

function ways(body: Html): Html {
  return html`<div class="ways">${body}</div>`
}
