/** What a cancel link leads to: opening it does nothing, pressing the button does. */
export function cancelPage(state: 'asks' | 'cancelled' | 'too late'): string {
  const said = {
    asks:
      '<h1>Stop the recovery of your account?</h1><p>Somebody with your password says that they have lost every way to confirm a sign-in.</p>' +
      '<form method="post"><button type="submit">Stop it: this was not me</button></form>',
    cancelled: '<h1>It is stopped</h1><p>Nobody gets in by it. Change your password now: whoever asked knows it.</p>',
    'too late': '<h1>There is nothing to stop</h1><p>It has ended, or the link is not complete.</p>',
  }[state]
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Account recovery</title><link rel="stylesheet" href="/docs/assets/plain.css"></head><body><main>${said}</main></body></html>`
}
