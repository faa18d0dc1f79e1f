import type { Catalogue } from './template.ts'

const circumstances = 'When: {at}. From the address {ip}, with {agent}.'
const notYou =
  'If this was not you, change your password now, and tell the people who run {service}. Do not answer this mail with a password or a code: nobody there needs them.'

export const english: Catalogue = {
  code: {
    subject: '{code} is your code for {service}',
    paragraphs: [
      'Your code for {service}:',
      '{code}',
      'It ends in {minutes} minutes. We never ask for it: whoever does, on the telephone or in a message, wants to get into your account.',
      'If you have not asked for a code, somebody else may have typed your address. Nothing happens as long as nobody else learns the code.',
    ],
    short: '{code} is your code for {service}. It ends in {minutes} minutes. We never ask for it.',
  },
  approval_code: {
    subject: '{code} is your code for {service}',
    paragraphs: [
      'With this code you let {service} do the following:',
      '{action}',
      '{code}',
      'It ends in {minutes} minutes. If this is not what you want, in every part, do not enter it. We never ask for it: whoever does, on the telephone or in a message, wants something else.',
    ],
    short: '{code} lets {service} do this: {action}. Not what you want? Do not enter it. It ends in {minutes} minutes.',
  },
  address_removed: {
    subject: 'No more codes for {service} come here',
    paragraphs: [
      'Codes for signing in to {service} do not come to this address any more.',
      'If you have not changed this, somebody else may be in your account: tell {service} now.',
    ],
    short: 'Codes for {service} do not come to this number any more. If you have not changed this, tell {service} now.',
  },
  push_request: {
    subject: 'A sign-in to {service}',
    paragraphs: ['A sign-in to {service} waits for your answer.'],
    short: 'A sign-in to {service} waits for your answer.',
  },
  push_denied: {
    subject: 'A sign-in to {service} was denied: change your password',
    paragraphs: [
      'On your device you said that a sign-in to your account at {service} was not yours. It was stopped.',
      circumstances,
      'Whoever it was knows your password: choose a new one now. Until then, and until the people who run {service} allow it again, no more requests come to your device.',
      notYou,
    ],
  },
  push_stopped: {
    subject: 'No more requests from {service} come to your device',
    paragraphs: [
      'Too many requests to approve a sign-in to your account at {service} were left without an answer. No more of them come to your device.',
      circumstances,
      'Somebody may know your password and wait for you to say yes: choose a new one. The people who run {service} can let requests come again.',
      notYou,
    ],
  },
  new_device: {
    subject: 'A new sign-in to {service}',
    paragraphs: [
      'Somebody signed in to your account at {service} from a device or a place that we have not seen with you before.',
      circumstances,
      'If this was you, there is nothing to do.',
      'If this was not you, somebody knows your password. Open this page and press the button: it ends every session, and you choose a new password.',
      '{link}',
      'Do not answer this mail with a password or a code: nobody there needs them.',
    ],
  },
  unusual_sign_in: {
    subject: 'An unusual sign-in to {service}',
    paragraphs: [
      'Somebody signed in to your account at {service} in a way that is not usual for you.',
      circumstances,
      'If this was you, there is nothing to do.',
      'If this was not you, somebody knows your password. Open this page and press the button: it ends every session, and you choose a new password.',
      '{link}',
      'Do not answer this mail with a password or a code: nobody there needs them.',
    ],
  },
  sign_in_refused: {
    subject: 'A sign-in to {service} was refused: was it you?',
    paragraphs: [
      'Somebody with your password tried to sign in to your account at {service}. It was not usual for you, so it was refused.',
      circumstances,
      'If this was you, try again from a device and a place that you have used before.',
      'If this was not you, somebody knows your password. Open this page and press the button: it ends every session, and you choose a new password.',
      '{link}',
      'Do not answer this mail with a password or a code: nobody there needs them.',
    ],
  },
  sign_in_disowned: {
    subject: 'Everybody is signed out of your account at {service}',
    paragraphs: [
      'By a link in a mail of ours somebody said that a sign-in to your account at {service} was not theirs. Every session has ended, and the password is good for nothing any more.',
      circumstances,
      'To sign in again choose a new password: ask for it where you sign in.',
    ],
  },
  account_locked: {
    subject: 'Too many wrong passwords for your account at {service}',
    paragraphs: [
      'Somebody entered a wrong password for your account at {service} too often, so signing in with the password is closed for a while. Devices and passkeys of yours go on working.',
      circumstances,
      'If this was you, wait and try again. If not, your account is safe as long as nobody knows your password; choose a new one if you use it elsewhere, too.',
      'You get this message once a day at most, however often somebody tries.',
    ],
  },
  password_reset: {
    subject: 'Set a new password for {service}',
    paragraphs: [
      'Somebody says that the password of your account at {service} is forgotten. With this you set a new one, once, until {ends}:',
      '{link}',
      circumstances,
      'If this was not you, there is nothing to do: the password stays as it is.',
    ],
  },
  registration: {
    subject: 'Make your account at {service}',
    paragraphs: [
      'Somebody wants an account at {service} with this address. With this you make it, once, until {ends}:',
      '{link}',
      circumstances,
      'If this was not you, there is nothing to do: without the link no account is made.',
    ],
  },
  registration_known: {
    subject: 'You have an account at {service}',
    paragraphs: [
      'Somebody wanted to make an account at {service} with this address. There is one already: sign in with it. If you have forgotten the password, ask for a new one where you sign in.',
      circumstances,
      'If this was not you, there is nothing to do: nothing was changed, and whoever it was has not been told that there is an account.',
    ],
  },
  password_changed: {
    subject: 'Your password for {service} was changed',
    paragraphs: ['The password of your account at {service} was changed.', circumstances, notYou],
  },
  phone_changed: {
    subject: 'The telephone number of your account at {service} was changed',
    paragraphs: [
      'The telephone number of your account at {service} was changed. The old number was told, too, where that could be done.',
      circumstances,
      notYou,
    ],
    short:
      'This is not the number of your account at {service} any more. If you have not changed it, tell {service} now.',
  },
  address_in_use: {
    subject: 'Your mail address and another account at {service}',
    paragraphs: [
      'Somebody wanted to give this mail address to an account at {service}. It belongs to another account there, so nothing has changed.',
      'If it was you, sign in to the account that has the address. If not, there is nothing to do.',
    ],
  },
  email_changed: {
    subject: 'The mail address of your account at {service} was changed',
    paragraphs: [
      'The mail address of your account at {service} was changed. This message goes to the old and to the new one.',
      circumstances,
      notYou,
    ],
  },
  factor_added: {
    subject: 'A way to confirm sign-ins was added at {service}',
    paragraphs: ['Added to your account at {service}: {factor}.', circumstances, notYou],
  },
  factor_removed: {
    subject: 'A way to confirm sign-ins was removed at {service}',
    paragraphs: ['Removed from your account at {service}: {factor}.', circumstances, notYou],
  },
  factor_suspended: {
    subject: 'Too many wrong codes for your account at {service}',
    paragraphs: [
      'Somebody who knows your password entered wrong codes for your account at {service} too often. This way to confirm is out of use until somebody unlocks your account: {factor}.',
      circumstances,
      'If this was you, ask the people who run {service} to unlock it. If not, change your password now: somebody knows it.',
    ],
  },
  mfa_month_limit: {
    subject: 'Codes for your account at {service} are closed for some days',
    paragraphs: [
      'There were so many wrong codes for your account at {service} in the last 30 days that no more are taken until the first of them are 30 days old. Ask the people who run {service} to unlock it sooner.',
      circumstances,
      'If this was not you, change your password now: somebody knows it.',
    ],
  },
  mfa_reset: {
    subject: 'Your ways to confirm sign-ins at {service} were reset',
    paragraphs: [
      'An administrator of {service} has removed all ways to confirm a sign-in from your account. You set up a new one when you sign in next.',
      circumstances,
      notYou,
    ],
  },
  recovery_code_used: {
    subject: 'A recovery code was used for your account at {service}',
    paragraphs: [
      'Somebody signed in to your account at {service} with one of your recovery codes. Codes that are left: {left}.',
      circumstances,
      notYou,
    ],
  },
  recovery_codes_low: {
    subject: 'You have few recovery codes left at {service}',
    paragraphs: [
      'Recovery codes that are left for your account at {service}: {left}. Make a new set, so that you can get in when your device is lost.',
      circumstances,
    ],
  },
  access_pass: {
    subject: 'Your access pass for {service}',
    paragraphs: [
      'You asked to get back into your account at {service}, and nobody has stopped it. Sign in with your password and enter this where a code is asked for:',
      '{code}',
      'It is good once, until {ends}. Set up a new way to confirm sign-ins then.',
    ],
  },
  access_pass_issued: {
    subject: 'A way back into your account at {service} was opened',
    paragraphs: [
      'The people who run {service} have made an access pass for your account. Together with your password it lets you set up a new way to confirm sign-ins, once, until {ends}.',
      circumstances,
      'If you have not asked for it, tell the people who run {service}.',
    ],
  },
  access_pass_used: {
    subject: 'An access pass was used for your account at {service}',
    paragraphs: [
      'Somebody came into your account at {service} with your password and an access pass, to set up a new way to confirm sign-ins.',
      circumstances,
      notYou,
    ],
  },
  recovery_requested: {
    subject: 'Somebody asks to get back into your account at {service}',
    paragraphs: [
      'Somebody says that they have lost every way to confirm a sign-in to your account at {service}. Unless it is cancelled, they get in after {ends}.',
      circumstances,
      'If this was not you, cancel it. The page asks you to confirm:',
      '{link}',
    ],
  },
  factor_expiring: {
    subject: 'Renew a way to confirm sign-ins at {service}',
    paragraphs: [
      'For your safety this way to confirm sign-ins at {service} must be set up again by {ends}: {factor}. It takes a minute, in the security settings of your account.',
    ],
  },
  admin_recovery_code_used: {
    subject: 'Recovery code used: {user}',
    paragraphs: [
      'A recovery code opened the account {user} at {service}. Codes that are left: {left}.',
      circumstances,
      'The owner was told at all of their addresses. If they know nothing of it, lock the account.',
    ],
  },
  admin_recovery_requested: {
    subject: 'Recovery requested: {user}',
    paragraphs: [
      'Somebody with the password of {user} at {service} says that they have lost everything else. Unless it is cancelled, they get an access pass by mail after {ends}.',
      circumstances,
      'The owner was told at all of their addresses and is told again before the end.',
    ],
  },
  admin_access_pass_used: {
    subject: 'Access pass used: {user}',
    paragraphs: [
      'An access pass opened the account {user} at {service}.',
      circumstances,
      'The owner was told at all of their addresses. If they know nothing of it, lock the account.',
    ],
  },
  admin_secret_due: {
    subject: 'Client secret is due: {client}',
    paragraphs: ['The secret of the client application {client} at {service} is to be replaced by {ends}.'],
  },
  admin_webhook_disabled: {
    subject: 'Webhook endpoint disabled: {endpoint}',
    paragraphs: [
      'No more events go from {service} to the webhook endpoint {endpoint}, since {at}: it answered that it is gone, or a delivery failed for all of its time and nothing else got through.',
      'When its receiver is well again, make the endpoint active and replay what failed.',
    ],
  },
  admin_alert: {
    subject: 'Alert at {service}: {alert}',
    paragraphs: ['{service} has raised an alert: {alert}.', 'Since: {at}.'],
  },
}
