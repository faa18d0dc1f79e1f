/** One row of the list of problems: what went wrong, in words that stay true for every case of it. */
interface Problem {
  readonly status: number
  readonly title: string
  /** What the reader can do about it; also the text of its page under `/docs/errors/{code}`. */
  readonly fix: string
}

/** Every way in which the API can refuse (RFC 9457). Codes never change their meaning. */
export const problems = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    fix: 'Look at `errors`: each entry names a place in the input (a JSON pointer) and what is wrong with it.',
  },
  unknown_parameter: {
    status: 400,
    title: 'The request has a field that this operation does not know',
    fix: 'Remove the field that `errors` names, or correct its spelling. The OpenAPI document lists the fields of each operation.',
  },
  invalid_json: {
    status: 400,
    title: 'The body is not valid JSON',
    fix: 'Send UTF-8 JSON (RFC 8259) without a byte order mark, without duplicate names, at most 16 levels deep and with at most 200 names.',
  },
  authentication_required: {
    status: 401,
    title: 'This operation needs credentials',
    fix: 'Sign the request with the secret of a client application.',
  },
  invalid_credentials: {
    status: 401,
    title: 'The e-mail address or the password is not right',
    fix: 'Check both. For safety the answer is the same whether the account exists or not.',
  },
  channel_not_configured: {
    status: 501,
    title: 'The server has no way to send such a message',
    fix: 'The operator of the server sets up mail by GATEHOUSE_SMTP_URL and GATEHOUSE_MAIL_FROM, and SMS by GATEHOUSE_SMS. Until then choose a factor that needs no message, such as an authenticator app.',
  },
  country_not_served: {
    status: 422,
    title: 'No SMS is sent to this number',
    fix: 'The operator of the server names the countries that are served in GATEHOUSE_SMS_COUNTRIES. Give a whole number of one of them, like +49 1511 2345678, or choose another factor.',
  },
  signature_missing: {
    status: 401,
    title: 'The request is not signed',
    fix: 'Send X-Client-Id, X-Timestamp (unix seconds) and X-Signature: sha256=<hex of HMAC-SHA256(secret, timestamp + "." + raw body)>, or sign by v2 or RFC 9421.',
  },
  signature_invalid: {
    status: 401,
    title: 'The signature does not match the request',
    fix: 'Sign exactly the bytes that you send: HMAC-SHA256 over X-Timestamp, a full stop and the raw body. `gatehouse sign` builds a signature to compare with, and `gatehouse sign --request` says which part of yours differs.',
  },
  signature_scheme_not_allowed: {
    status: 401,
    title: 'The client does not sign in this way',
    fix: 'Sign by one of the schemes that `detail` names. The operator of the server has chosen them for this client (`gatehouse clients create --scheme`), so that nobody can fall back to a weaker one.',
  },
  signature_timestamp_out_of_range: {
    status: 401,
    title: 'The time of the signature is too far from the time of the server',
    fix: 'Correct the clock of the calling machine; `server_time` is the time here. A signature is good for 300 seconds.',
  },
  signature_replayed: {
    status: 401,
    title: 'This signature has been used before',
    fix: 'Sign each request anew: a signature over a body is accepted once, by v2 and RFC 9421 every signature. Equal bodies within a second need a different `nonce` each.',
  },
  cross_site_request: {
    status: 403,
    title: 'The request comes from a page of another site',
    fix: 'Middlewares of the SDK take a cookie for a change only from pages of the same origin. Send the request from there, or with Authorization: Bearer.',
  },
  sign_in_unavailable: {
    status: 503,
    title: 'Nobody can be judged just now',
    fix: 'Try again in a moment. A middleware of the SDK could not ask the server; the log of the application says why (`onFailure`).',
  },
  local_verification_off: {
    status: 403,
    title: 'The client does not verify tokens itself',
    fix: 'Ask POST /v1/tokens/validate, or let the operator of the server turn it on: `gatehouse clients change <slug> --local-verification on`.',
  },
  token_invalid: {
    status: 401,
    title: 'The token is not valid',
    fix: 'Sign in again. The token is malformed, has ended, or belongs to another client.',
  },
  registration_closed: {
    status: 403,
    title: 'Nobody can register here',
    fix: 'Make the account for them (POST /v1/users), or let people register: PATCH /v1/policy with `registration: "open"`.',
  },
  mail_token_invalid: {
    status: 401,
    title: 'The link of the mail is not good any more',
    fix: 'Ask for a new one, with POST /v1/auth/password/forgot or POST /v1/auth/register, and use it within the hour. It is good once, for the application that asked, and until anything of the user changes.',
  },
  mfa_code_invalid: {
    status: 401,
    title: 'The code is not valid',
    fix: 'Use the code that the app shows now. If it keeps failing, turn on automatic time on the phone; `server_time` is the time here. The record (`factor.rejected`) says what the code looks like.',
  },
  totp_code_reused: {
    status: 401,
    title: 'This code has been used before',
    fix: 'Wait for the next code. A code is accepted once (RFC 6238, section 5.2).',
  },
  recovery_code_used: {
    status: 401,
    title: 'This recovery code has been used before',
    fix: 'Use another code of the set.',
  },
  mfa_required: {
    status: 401,
    title: 'A second factor must be proven',
    fix: 'Send a code in X-MFA-Token, or the token that a proof gave in X-Session-Token (over the API: `mfa_code`, `session_token`).',
  },
  sign_in_stale: {
    status: 401,
    title: 'The sign-in is too long ago',
    fix: 'Who has no second factor signs in again, and repeats the call within five minutes with the new access token.',
  },
  mfa_stale: {
    status: 401,
    title: 'The second factor was proven too long ago',
    fix: 'Ask for a new code and send it in X-MFA-Token (over the API: `mfa_code`). The old proof is good for less sensitive acts.',
  },
  grant_invalid: {
    status: 401,
    title: 'The grant is not good for this action',
    fix: 'A grant is good once, for five minutes, for exactly the action that was approved, in the session that it was approved in. Ask again with POST /v1/users/{id}/challenges.',
  },
  recovery_only: {
    status: 403,
    title: 'A recovery code opens the way to a new factor and nothing else',
    fix: 'Enrol and activate a factor, then sign in with it.',
  },
  recovery_unavailable: {
    status: 403,
    title: 'After a password from a mail another mail is not enough',
    fix: 'Who has set the password by a link needs a factor that is no mail: an app, a passkey, a recovery code, or an access pass of the people who run the service.',
  },
  approval_pending: {
    status: 409,
    title: 'Nobody has approved this on a device yet',
    fix: 'Read the challenge until its state is approved, then verify it without a code; or send the code of another factor.',
  },
  pairing_code_invalid: {
    status: 401,
    title: 'The pairing code is not valid',
    fix: 'Start the enrolment again and use the new code within ten minutes. A code pairs one device.',
  },
  device_not_accepted: {
    status: 401,
    title: 'This device is not known, or has not signed this',
    fix: 'Pair the device again. For safety the answer is the same for a device that was removed and for a wrong signature.',
  },
  push_service_not_allowed: {
    status: 422,
    title: 'Devices are not told of requests by this push service',
    fix: 'Use a push service that the operator allows (GATEHOUSE_WEB_PUSH_SERVICES, GATEHOUSE_FCM), or let the device ask by itself.',
  },
  push_limited: {
    status: 429,
    title: 'A device of this person has been asked often enough for now',
    fix: 'Nothing was sent. Offer another factor, or wait as long as Retry-After says.',
  },
  push_stopped: {
    status: 409,
    title: 'No requests go to the devices of this person any more',
    fix: 'Nothing was sent. Offer another factor. Requests were left unanswered or denied; `POST /v1/users/{id}/unlock` lets them go again.',
  },
  challenge_expired: {
    status: 401,
    title: 'This sign-in has waited too long or has been finished',
    fix: 'Start again with the password.',
  },
  https_required: {
    status: 403,
    title: 'This server is called over HTTPS only',
    fix: 'Call the https:// address, and change what was sent in the clear. Operators: a proxy must be listed in GATEHOUSE_TRUSTED_PROXIES and say by which protocol it was called; docs/operate.md has a sample.',
  },
  client_not_allowed: {
    status: 403,
    title: 'This client may not call from this address',
    fix: 'Check X-Client-Id and the allow-list of the client. For safety the answer is the same for an unknown client and a wrong address; `detail` names the address that we saw.',
  },
  captcha_required: {
    status: 403,
    title: 'This sign-in needs a captcha',
    fix: 'Let the person solve what `captcha` describes and repeat the sign-in with the result as `captcha_token`. Nothing has been said about the account or its password.',
  },
  test_mode_only: {
    status: 403,
    title: 'This operation is for test tenants only',
    fix: 'Use the credentials of a client of a test tenant: their secret begins with `gh_test_`. Nothing under /v1/test answers live credentials.',
  },
  insufficient_scope: {
    status: 403,
    title: 'The client lacks the scope that this operation needs',
    fix: 'Give the client the scope that `detail` names.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing here',
    fix: 'Check the path and the id. What belongs to another tenant is not found either.',
  },
  not_sealed: {
    status: 404,
    title: 'The sealed log has no such event',
    fix: 'Events are sealed within a second: ask again for one that is new. What belongs to another tenant is not found either.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This path does not answer this method',
    fix: 'Look the operation up in the OpenAPI document at /openapi.json.',
  },
  email_taken: {
    status: 409,
    title: 'There is a user with this e-mail address already',
    fix: 'Use another address, or find the user with GET /v1/users?email=….',
  },
  external_id_taken: {
    status: 409,
    title: 'There is a user with this external id already',
    fix: 'Find the user with GET /v1/users?external_id=…, or use another one.',
  },
  factor_already_active: {
    status: 409,
    title: 'This factor is active already',
    fix: 'Nothing to do; enrol another factor if you need one.',
  },
  factor_taken: {
    status: 409,
    title: 'This device is a factor already',
    fix: 'Use another device, or remove the factor that it is.',
  },
  passkeys_unavailable: {
    status: 409,
    title: 'This server cannot take passkeys',
    fix: 'Operators: a passkey belongs to a domain with HTTPS. Set GATEHOUSE_PUBLIC_URL to such an address, or GATEHOUSE_WEBAUTHN_RP_ID and GATEHOUSE_WEBAUTHN_ORIGINS; docs/passkeys.md tells how.',
  },
  client_credentials_invalid: {
    status: 401,
    title: 'The client cannot be authenticated',
    fix: 'Send one of: HTTP Basic with the slug and the secret, client_id and client_secret in the form, or a client_assertion that is signed with a registered key and used once.',
  },
  authorization_request_invalid: {
    status: 400,
    title: 'The application has not asked for the sign-in as it should',
    fix: 'Send client_id, and a redirect_uri that is registered for the client letter by letter (`gatehouse clients change <slug> --redirect-uri …`). `detail` says what is wrong.',
  },
  sign_in_over: {
    status: 400,
    title: 'This sign-in is over',
    fix: 'Go back to the application and sign in there again. A page of a sign-in is good for half an hour, once, in the browser in which it was begun.',
  },
  authorization_code_invalid: {
    status: 400,
    title: 'The code of the sign-in is not good',
    fix: 'Begin the sign-in again. A code is good once, for a minute, for the client, the redirect_uri and the code_verifier that it was asked for with.',
  },
  grant_type_unsupported: {
    status: 400,
    title: 'There is no such grant',
    fix: 'Send grant_type=client_credentials, authorization_code or refresh_token.',
  },
  scope_unavailable: {
    status: 400,
    title: 'The client may not have this scope',
    fix: 'Ask for scopes that the client has, or leave the parameter out. No token has clients:write.',
  },
  unsupported_token_type: {
    status: 400,
    title: 'This is no token that is revoked here',
    fix: 'Tokens of people are ended by POST /v1/tokens/revoke.',
  },
  idempotency_in_progress: {
    status: 409,
    title: 'A request with this Idempotency-Key is under way',
    fix: 'Wait a little, then send the same request with the same key: it gets the answer of the first.',
  },
  idempotency_answer_lost: {
    status: 409,
    title: 'The request with this Idempotency-Key was begun, and its answer is lost',
    fix: 'The server ended while it worked. Look up what has become of the request; what is still to be done needs a new key.',
  },
  idempotency_not_offered: {
    status: 400,
    title: 'This operation takes no Idempotency-Key',
    fix: 'Its answer is true of the moment alone and is never given a second time. Leave the header out.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'This Idempotency-Key belongs to another request',
    fix: 'Give each request a key of its own. Only the same operation with the same input may be sent again under it.',
  },
  last_owner: {
    status: 409,
    title: 'Without this administrator there is no owner who can sign in',
    fix: 'Make somebody else an owner first, and let them set up their second factor.',
  },
  not_on_yourself: {
    status: 403,
    title: 'Administrators do not do this to themselves',
    fix: 'Ask another owner, or use the command line on the host of the server: gatehouse admins.',
  },
  last_factor: {
    status: 409,
    title: 'This is the last factor of a user who must have one',
    fix: 'Enrol another factor first. Whoever has lost it is helped by POST /v1/users/{id}/access-pass or /reset-mfa.',
  },
  factor_required: {
    status: 409,
    title: 'The user has no factor for this',
    fix: 'Enrol and activate a factor first. Recovery codes stand in for another one, and come with the first.',
  },
  client_slug_taken: {
    status: 409,
    title: 'There is a client with this name already',
    fix: 'Choose another slug. They are unique over all tenants.',
  },
  client_outranks_caller: {
    status: 403,
    title: 'This needs a scope that the caller does not have itself',
    fix: 'A client gives only scopes that it has, and changes only clients that have no others. Give the caller the scope that `detail` names, or use the command line.',
  },
  secret_in_use: {
    status: 409,
    title: 'The newer secret is in use',
    fix: 'Let the older secret end, or revoke that. To take the rotation back all the same, use the command line or a client with clients:write.',
  },
  scheme_downgrade: {
    status: 409,
    title: 'A client that has left the classic scheme does not go back to it through the API',
    fix: 'If it must be, an operator does it on the command line: gatehouse clients change <slug> --scheme v1 --scheme v2.',
  },
  secret_overlap: {
    status: 409,
    title: 'The client has two live secrets already',
    fix: 'Finish the rotation that is under way: revoke the old secret, or revoke the new one to cancel it.',
  },
  secret_is_last: {
    status: 409,
    title: 'This is the last secret of the client',
    fix: 'Rotate first (with overlap_seconds 0 the old one ends at once), or disable the client.',
  },
  webhook_url_refused: {
    status: 422,
    title: 'No webhook is sent to this address',
    fix: 'Give an https:// address of the Internet, without a user and on port 443 or above 1023. The operator of the server lists networks inside in GATEHOUSE_WEBHOOK_NETWORKS.',
  },
  webhook_endpoint_limit: {
    status: 409,
    title: 'The tenant has as many webhook endpoints as it can',
    fix: 'Remove one that is not needed. One endpoint can take all types of events.',
  },
  webhook_endpoint_off: {
    status: 409,
    title: 'The webhook endpoint is disabled',
    fix: 'Make it active first: PATCH /v1/webhook-endpoints/{id} with status active.',
  },
  webhook_secret_overlap: {
    status: 409,
    title: 'The webhook endpoint has two live secrets already',
    fix: 'Wait for the end of the old one, or rotate with overlap_seconds 0, which ends both at once.',
  },
  version_conflict: {
    status: 409,
    title: 'Somebody else changed this at the same time',
    fix: 'Read it again and repeat your change.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    fix: 'Send at most 64 KiB.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body is of a type that we do not read',
    fix: 'Send Content-Type: application/json and no Content-Encoding.',
  },
  password_too_short: {
    status: 422,
    title: 'The password is too short',
    fix: 'Use at least 8 characters, or 15 while the user has no second factor. Length is the only rule of form.',
  },
  password_too_common: {
    status: 422,
    title: 'The password is one of the most used ones, or contains the name of its owner',
    fix: 'Choose another one. A few unrelated words are good.',
  },
  factor_expired: {
    status: 410,
    title: 'The enrolment was not finished in time, or failed too often',
    fix: 'Enrol again; the old secret is of no use any more.',
  },
  expectation_failed: {
    status: 417,
    title: 'The request expects what this server does not do',
    fix: 'Send no Expect header but Expect: 100-continue.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    fix: 'Send at most 16 KiB of headers, in at most 500 fields.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    fix: 'Wait for as many seconds as Retry-After says.',
  },
  too_many_attempts: {
    status: 429,
    title: 'Too many attempts',
    fix: 'Wait for as many seconds as Retry-After says.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    fix: 'Send the headers within 10 seconds and the whole request within 30.',
  },
  internal_error: {
    status: 500,
    title: 'Something failed on our side',
    fix: 'Try again. If it stays, give the operator the request id.',
  },
  overloaded: {
    status: 503,
    title: 'The server has too much to do',
    fix: 'Wait for as many seconds as Retry-After says.',
  },
  recently_restored: {
    status: 503,
    title: 'The server was restored from a backup a moment ago',
    fix: 'Wait for as many seconds as Retry-After says: until then something that was sent before could be sent again.',
  },
  storage_unavailable: {
    status: 503,
    title: 'The database does not take writes',
    fix: 'Nothing was changed. Try again; operators look at /readyz.',
  },
} as const satisfies Record<string, Problem>

export type ProblemCode = keyof typeof problems
