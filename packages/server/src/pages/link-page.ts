import { html } from './html.ts'
import { page } from './page.ts'

/** What the page says: it asks, it has done it, or what was wrong. */
export interface LinkPage {
  readonly state: 'asks' | 'done'
  /** What was typed, to be sent again; never the password. */
  readonly token?: string
  readonly problem?: string
}

interface LinkWords {
  readonly title: string
  readonly label: string
  readonly button: string
  readonly doneTitle: string
  readonly done: string
}

/** Where the link of a mail leads. What stands behind its # never leaves the browser but in the body of the form. */
export function linkPage(path: string, words: LinkWords): (page: LinkPage) => string {
  return ({ state, token = '', problem }) => {
    if (state === 'done') {
      return page({ lang: 'en', title: words.doneTitle, body: html`<p>${words.done}</p>` })
    }
    const isWrong = problem !== undefined && html` aria-invalid="true" aria-describedby="problem"`
    const body = html`<form method="post" action="${path}"><div><label for="token">The part of the link behind the #</label><input type="text" id="token" name="token" value="${token}" autocomplete="off" spellcheck="false" required></div><label for="password">${words.label}</label><input id="password" name="password" type="password" autocomplete="new-password" required data-focus${isWrong}><button class="link" type="button" hidden data-show="password" data-hide="Hide password">Show password</button><button>${words.button}</button></form>`
    return page({ lang: 'en', title: words.title, body, problem, script: `${path}.js` })
  }
}

/** Without it the page works as well: the token is pasted then. */
export const linkScript = `const field = document.getElementById('token')
const given = location.hash.slice(1)
if (given) {
  field.value = given
  history.replaceState(null, '', location.pathname)
}
if (field.value) field.parentElement.hidden = true
`
