/** The one style of the pages for people. Colours have the contrast of WCAG 2.2 AA on both grounds. */
export const pageStyle = `:root { color-scheme: light dark; --bg: #f7f8fa; --surface: #fff; --text: #16202c; --muted: #4e5a68; --accent: #1f5fa8; --on: #fff; --danger: #b3261e; --border: #6b7785; --line: #d5dae1 }
@media (prefers-color-scheme: dark) { :root { --bg: #10151b; --surface: #171e26; --text: #e6ebf1; --muted: #a3afbc; --accent: #7fb3f0; --on: #0b1824; --danger: #ff9a92; --border: #75828f; --line: #2e3945 } }
* { box-sizing: border-box }
body { margin: 0; padding: 16px; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--bg) }
main { max-width: 420px; margin: 4vh auto; padding: 24px; background: var(--surface); border: 1px solid var(--line); border-radius: 12px; overflow-wrap: anywhere }
h1 { margin: 0 0 16px; font-size: 24px; line-height: 1.25; font-weight: 600 } h2 { margin: 24px 0 8px; font-size: 16px }
.name, .hint, small { color: var(--muted) } .name { margin: 0 0 4px; font-weight: 500 } .hint { margin: 4px 0 8px; font-size: 14px }
a { color: var(--accent) }
form { margin: 0 }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
label { display: block; margin: 16px 0 4px; font-weight: 600 }
input[type=text], input[type=email], input[type=password] { width: 100%; min-height: 44px; padding: 8px 12px; font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--border); border-radius: 6px }
input[aria-invalid=true] { border: 2px solid var(--danger) }
.code { font: 600 24px/1.25 ui-monospace, monospace; letter-spacing: 4px }
label.choice { display: flex; gap: 12px; align-items: center; min-height: 44px; margin: 8px 0; font-weight: 400 } label.choice input { flex: none; width: 20px; height: 20px; margin: 0; accent-color: var(--accent) }
button { display: block; width: 100%; min-height: 44px; margin-top: 16px; padding: 8px 16px; font: inherit; font-weight: 600; color: var(--on); background: var(--accent); border: 1px solid var(--accent); border-radius: 6px; cursor: pointer }
button.quiet { color: var(--text); background: transparent; border-color: var(--border) }
button.link { width: auto; margin: 8px 0 0; padding: 4px 0; color: var(--accent); background: none; border: 0; text-decoration: underline; font-weight: 400; text-align: start }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.problem { padding: 12px; color: var(--danger); border: 1px solid var(--danger); border-radius: 6px; font-weight: 500 }
.ways { margin-top: 16px; padding-top: 8px; border-top: 1px solid var(--line) }
.qr { margin: 16px 0; padding: 0; text-align: center } .qr svg { max-width: 100%; height: auto; border-radius: 6px }
.key { font: 600 16px/1.5 ui-monospace, monospace } ol.codes { columns: 2; padding-left: 36px; font: 16px/2 ui-monospace, monospace }
.number { font: 600 48px/1.25 ui-monospace, monospace; text-align: center }
pre { white-space: pre-wrap; overflow-wrap: anywhere } article { border-top: 1px solid var(--line) }
[hidden] { display: none }
@media (max-width: 360px) { body { padding: 8px } main { padding: 16px } ol.codes { columns: 1 } }
@media print { button, .ways, .hint, .problem { display: none } main { border: 0 } }
`
