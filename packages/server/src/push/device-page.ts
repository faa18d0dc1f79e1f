/** The page at `/device`. Its names are what `device-script.ts` looks for. */
export const devicePage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Approve sign-ins</title>
<link rel="stylesheet" href="/device/style.css">
<link rel="manifest" href="/device/manifest.webmanifest">
<link rel="icon" href="/device/icon.svg">
</head>
<body>
<main>
<h1>Approve sign-ins</h1>
<noscript><p>This page needs JavaScript.</p></noscript>
<form id="pair" hidden>
<p>Make this device the one that approves your sign-ins.</p>
<label for="code">Pairing code</label>
<input id="code" autocomplete="off" autocapitalize="characters" spellcheck="false">
<button>Pair this device</button>
</form>
<section id="paired" hidden>
<p>Enter these digits where you started:</p>
<p><output id="confirmation" class="large"></output></p>
<button id="done" type="button">Done</button>
</section>
<section id="idle" hidden>
<p>Nothing waits for your answer. Leave this page open, or come back when you sign in.</p>
<p id="accounts"></p>
<button id="notify" type="button" hidden>Notify me when this page is closed</button>
<button id="more" type="button" class="quiet">Pair with another account</button>
</section>
<form id="request" hidden>
<h2>Are you signing in?</h2>
<dl>
<dt>As</dt><dd id="who"></dd>
<dt>To</dt><dd id="what"></dd>
<dt>From</dt><dd id="where"></dd>
<dt>With</dt><dd id="agent"></dd>
</dl>
<label for="number">The number that the sign-in shows</label>
<input id="number" class="large" inputmode="numeric" autocomplete="off">
<button>Approve</button>
<button id="deny" type="button" class="danger">It is not me</button>
</form>
<p id="said" role="status"></p>
</main>
<script src="/device/app.js"></script>
</body>
</html>
`

export const deviceStyle = `body { font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 1rem; color: #16202c; background: #f7f8fa }
main { max-width: 24rem; margin: 2rem auto }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600 }
input { box-sizing: border-box; width: 100%; padding: .75rem; font: inherit; color: inherit; background: transparent; border: 1px solid #6b7785; border-radius: 6px }
.large { font: 600 2rem/1.25 ui-monospace, monospace; letter-spacing: .25rem }
button { display: block; width: 100%; margin-top: 1rem; padding: .75rem; font: inherit; font-weight: 600; color: #fff; background: #1f5fa8; border: 0; border-radius: 6px }
button.quiet { color: inherit; background: transparent; border: 1px solid #6b7785 }
button.danger { color: #a01c1c; background: transparent; border: 1px solid #a01c1c }
:focus-visible { outline: 3px solid #1f5fa8; outline-offset: 2px }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem } dt { color: #4e5a68 } dd { margin: 0; overflow-wrap: anywhere }
[hidden] { display: none }
@media (prefers-color-scheme: dark) { body { color: #e6ebf1; background: #10151b } dt { color: #a9b4c0 } button.danger { color: #ff9c9c; border-color: #ff9c9c } :focus-visible { outline-color: #7fb3f0 } }
`

export const deviceIcon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="#1f5fa8"/><path d="M18 33l10 10 18-22" fill="none" stroke="#fff" stroke-width="6" stroke-linecap="round" stroke-linejoin="round"/></svg>'

/** So that it can be put beside the apps of the device. */
export function deviceManifest(service: string): string {
  return JSON.stringify({
    name: `${service}: approve sign-ins`,
    short_name: service,
    start_url: '/device',
    scope: '/device',
    display: 'standalone',
    background_color: '#f7f8fa',
    theme_color: '#1f5fa8',
    icons: [{ src: '/device/icon.svg', sizes: 'any', type: 'image/svg+xml' }],
  })
}
