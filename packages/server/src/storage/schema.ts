import type { Generated } from 'kysely'
import type {
  ChallengeId,
  ClientId,
  DeliveryId,
  EndpointId,
  FactorId,
  Id,
  MessageId,
  SecretId,
  SessionId,
  TenantId,
  UserId,
} from '../kernel/ids.ts'

/** Epoch milliseconds, UTC. */
type Time = number

/** What is stored: the tables as the newest migration leaves them. JSON is text, times are epoch milliseconds. */
export interface Schema {
  tenant: {
    id: TenantId
    slug: string
    mode: 'live' | 'test'
    /** JSON: what this tenant sets apart from the defaults. */
    policy: string
    created_at: Time
  }
  client: {
    id: ClientId
    tenant_id: TenantId
    /** What X-Client-Id carries. Unique over all tenants. */
    slug: string
    name: string
    /** JSON array of addresses and networks. */
    allow_list: string
    /** JSON array of scopes. */
    scopes: string
    /** JSON array of the ways in which it may prove itself. */
    schemes: string
    /** JSON array of public keys (JWK). */
    public_keys: string
    /** JSON array of addresses that a browser may be sent back to. */
    redirect_uris: string
    numeric_sub: 0 | 1
    /** Whether it may read its token keys. */
    local_verification: 0 | 1
    /** Goes up when the keys that it has read are to be void. */
    token_key_number: number
    /** JSON object: requests in a minute by rate class, where they differ from the policy's. */
    limits: string
    created_at: Time
    disabled_at: Time | null
    version: number
  }
  client_secret: {
    id: SecretId
    tenant_id: TenantId
    client_id: ClientId
    sealed: Uint8Array
    last_four: string
    created_at: Time
    /** When it ends; null while nothing has taken its place. */
    expires_at: Time | null
    /** To the hour. */
    last_used_at: Time | null
    /** The last stage of its age that is on record. */
    age_noted: 'due' | 'overdue' | null
  }
  user: {
    /** Counts up over all tenants; what a client with `numeric_sub` gets. */
    number: Generated<number>
    id: UserId
    tenant_id: TenantId
    /** As the person wrote it. Null for who is known by `external_id` alone. */
    email: string | null
    /** As it is compared. Unique in the tenant. */
    email_key: string | null
    /** What the application calls them. Unique in the tenant. */
    external_id: string | null
    name: string | null
    phone_number: string | null
    /** When they have shown that they read what goes there; null when they have not. */
    email_verified_at: Time | null
    phone_verified_at: Time | null
    role: string
    created_at: Time
    updated_at: Time
    disabled_at: Time | null
    version: number
    /** Rises with every change of which factors the user has. */
    factors_version: Generated<number>
    /** JSON array of the tenants that an administrator looks after; null for all, and for everybody else. */
    looks_after: string | null
  }
  password: {
    user_id: UserId
    tenant_id: TenantId
    /** PHC string of argon2id. */
    hash: string
    pepper_id: Id<'key'>
    changed_at: Time
    /** 1: who reads the mail of the account has set it, and nobody has proven anything else beside it yet. */
    by_mail: Generated<0 | 1>
    version: number
  }
  /** What stands in the links of our mails, each good once. */
  mail_token: {
    /** SHA-256 of the token; the token itself is in the mail alone. */
    token_hash: Uint8Array
    tenant_id: TenantId
    /** The application that asked for it. */
    client_id: ClientId
    /** Whose it is: the id of a user, or the canonical form of an address. */
    subject: string
    /** JSON, of each purpose its own. */
    about: string
    expires_at: Time
  }
  factor: {
    id: FactorId
    tenant_id: TenantId
    user_id: UserId
    type: string
    label: string | null
    /** Look-up key, where a factor needs one; unique in the tenant. */
    handle: string | null
    /** Sealed JSON, bound to this row. */
    data: Uint8Array
    /** Rises with every change of `data`: the replay defence of every factor. */
    version: number
    created_at: Time
    confirmed_at: Time | null
    /** When a pending factor dies. */
    expires_at: Time | null
    last_used_at: Time | null
    /** When it has had its time; null for factors that do not age. */
    renew_by: Time | null
    /** When its owner is next to be told of that. */
    renewal_note_at: Time | null
    /** Since when too many wrong codes have put it out of use. */
    suspended_at: Time | null
  }
  /** Tokens with a seed of their maker, in the stock or in somebody's hands. */
  hardware_token: {
    tenant_id: TenantId
    /** As printed on the token. Unique in the tenant. */
    serial: string
    /** Sealed JSON in the form of a factor's data: the seed, and the counter when the token was last in the stock. */
    sealed: Uint8Array
    /** The factor that it is, as long as there is such a factor. */
    factor_id: FactorId | null
    created_at: Time
  }
  challenge: {
    id: ChallengeId
    tenant_id: TenantId
    client_id: ClientId
    user_id: UserId
    purpose: 'sign_in' | 'step_up' | 'enroll' | 'recovery' | 'verify'
    /** Canonical JSON (RFC 8785): what the application is about to do. */
    action: string | null
    /** The session that a step-up is for. */
    session_id: SessionId | null
    /** JSON array of the types that may answer it; null for all. */
    factor_types: string | null
    /** The user's version when it was made: a change since then ends the challenge. */
    user_version: number
    /** A change of the user's factors since then ends a step-up and its grant. */
    factors_version: number
    /** JSON array: the methods proven before (RFC 8176). */
    amr: string
    created_at: Time
    expires_at: Time
    spent_at: Time | null
    /** The device on which its owner has said yes. */
    approved_by: FactorId | null
    /** The factor that answered it. */
    answered_by: FactorId | null
    /** SHA-256 of the grant that the answer to a step-up gave. */
    grant_hash: Uint8Array | null
    /** When that was on a clock that is never set back (`kernel/steady-clock.ts`). */
    grant_steady_at: Time | null
    grant_spent_at: Time | null
  }
  /** What the server remembers between a question to a factor and its answer. One for each subject and purpose. */
  question: {
    /** The factor's id; type and user's id of factors that are asked together. */
    subject: string
    purpose: Schema['challenge']['purpose']
    /** New with every question. */
    id: Id<'qst'>
    tenant_id: TenantId
    /** The one challenge that the answer counts for; null for an enrolment. */
    challenge_id: ChallengeId | null
    /** Sealed JSON, bound to this row. */
    kept: Uint8Array
    /** How many answers it takes. */
    tries: number
    created_at: Time
    expires_at: Time
  }
  /** A device on which its user has passed a second factor. */
  device: {
    id: Id<'dev'>
    tenant_id: TenantId
    user_id: UserId
    /** SHA-256 of the token; the token itself is on the device alone. */
    token_hash: Uint8Array
    /** As the user was then: a change since of who they are, or of their factors, is asked about anew. */
    user_version: number
    factors_version: number
    created_at: Time
    expires_at: Time
  }
  session: {
    id: SessionId
    tenant_id: TenantId
    client_id: ClientId
    user_id: UserId
    /** JSON array of methods (RFC 8176). */
    amr: string
    acr: string
    auth_time: Time
    /** When a second factor was proven last. */
    mfa_at: Time | null
    ip_address: string | null
    user_agent: string | null
    /** Sealed; what the refresh tokens and the MFA token of this session are made from. */
    secret: Uint8Array
    /** The number of the refresh token that is good, and when it was given. */
    refresh_count: number
    refreshed_at: Time
    /** When the MFA token was used last, to the minute. */
    mfa_used_at: Time | null
    created_at: Time
    /** When it ends if nothing more happens. */
    expires_at: Time
    ended_at: Time | null
    end_reason: string | null
  }
  /** Of a session whose row went with its user, while tokens of it could still be good. */
  erased_session: {
    id: SessionId
    client_id: ClientId
    ended_at: Time
  }
  key: {
    id: Id<'key'>
    purpose: 'data' | 'token_root' | 'pepper' | 'log' | 'vapid'
    /** Sealed by the key-encryption key that `wrapped_by` names. */
    wrapped: Uint8Array
    wrapped_by: string
    created_at: Time
    /** Of each purpose one key is not retired. */
    replaced_at: Time | null
    /** From when what a replaced data key has sealed is sealed anew. */
    reseal_at: Time | null
  }
  event: {
    /** Order of insertion. Not dense; the sealer gives `position`. */
    seq: Generated<number>
    /** Dense position in the sealed log; null until sealed. */
    position: number | null
    id: Id<'evt'>
    tenant_id: TenantId
    type: string
    at: Time
    /** `client:portal`, `user:usr_…`, `cli:local`, `system`. */
    actor: string
    client_system: string | null
    user_id: string | null
    session_id: string | null
    request_id: string | null
    /** JSON object without anything personal or secret. */
    data: string
    /** SHA-256 over salt and the personal fields: all of them that a seal will ever cover. */
    commitment: Uint8Array
    /** Personal fields; erasing a person sets them and the salt to null and every proof still holds. */
    salt: Uint8Array | null
    email: string | null
    ip_address: string | null
    user_agent: string | null
    /** Begins with the country (ISO 3166-1, two letters). */
    geo_location: string | null
    /** Made from `ip_address`, so that a network is one range. Erased with it. */
    address_key: Uint8Array | null
  }
  /** Seals of the log: each stands for all events before its size. */
  seal: {
    /** Dense, from 1. */
    number: number
    size: number
    root: Uint8Array
    /** The signed checkpoint (C2SP tlog-checkpoint). */
    note: string
    /** The greatest `seq` that is sealed. */
    last_seq: number
    sealed_at: Time
  }
  /** The hashes of the log's Merkle tree, 256 in a tile (C2SP tlog-tiles). The last tile of a level grows. */
  log_tile: {
    level: number
    number: number
    hashes: Uint8Array
  }
  /** How far a reader of the log has come. */
  log_cursor: {
    reader: string
    /** The first position that it has not read. */
    position: number
  }
  /** A log of another server that this one is a witness of, as it was when it was seen last. */
  witnessed_log: {
    /** The name of the log. */
    origin: string
    size: number
    root: Uint8Array
    /** Its checkpoint, with its signature and ours. */
    note: string
    seen_at: Time
  }
  /** Who runs a job of the background, of any number of nodes. */
  lease: {
    name: string
    holder: string
    until: Time
  }
  /** What is to be sent to people, and what became of it. */
  message: {
    id: MessageId
    tenant_id: TenantId
    user_id: UserId | null
    channel: 'email' | 'sms' | 'push'
    kind: string
    /** Codes go before notices. */
    urgent: 0 | 1
    /** Sealed JSON: recipient and values. Null as soon as it is sent or of no use any more. */
    sealed: Uint8Array | null
    topic: string | null
    /** SHA-256 of the key under which it is sent once. Unique. */
    once_key: Uint8Array | null
    created_at: Time
    not_after: Time
    /** Null when nothing is to be done any more. */
    next_attempt_at: Time | null
    attempts: number
    sent_at: Time | null
    failed_at: Time | null
    failure: string | null
  }
  /** What a tenant says in words of its own. */
  message_template: {
    tenant_id: TenantId
    kind: string
    language: string
    /** JSON: the parts that differ from ours. */
    words: string
    changed_at: Time
  }
  /** What a device was asked, and when it has looked: for the figures of what reaches devices. */
  push_delivery: {
    /** That of the question. */
    id: Id<'qst'>
    tenant_id: TenantId
    user_id: UserId
    factor_id: FactorId
    transport: 'web_push' | 'fcm' | 'polling'
    /** What was to wake it. */
    message_id: MessageId | null
    asked_at: Time
    not_after: Time
    fetched_at: Time | null
  }
  /** From where a person has signed in: program, system and network as one digest. */
  familiar_place: {
    tenant_id: TenantId
    user_id: UserId
    mark: Uint8Array
    seen_at: Time
  }
  /** Something that a person should look at. */
  alert: {
    id: Id<'alr'>
    tenant_id: TenantId
    rule: string
    /** A user, a source, or `tenant`: of the same rule and subject one is not closed. */
    subject: string
    state: 'open' | 'acknowledged' | 'resolved' | 'expected'
    user_id: UserId | null
    /** The address of its newest event. */
    source: string | null
    /** JSON array of words. */
    reasons: string
    first_at: Time
    last_at: Time
    count: number
    /** JSON array of ids, as many as are kept. */
    users: string
    event_ids: string
    raised_at: Time
    /** From the event that raised it. */
    delay_ms: number
    changed_at: Time
    /** Until when the same is not raised again. */
    expected_until: Time | null
    note: string | null
    version: number
  }
  /** What a rule has counted lately (`alerts/count-signal.ts`). */
  alert_count: {
    tenant_id: TenantId
    rule: string
    subject: string
    /** JSON. */
    state: string
    expires_at: Time
  }
  /** How often something came out in a certain way, by five minutes, hour and day (`levels/`). Of nobody. */
  level_count: {
    span_ms: number
    /** The beginning of the span. */
    at: Time
    tenant_id: TenantId
    measure: string
    label: string
    count: number
  }
  /** Something that has begun and whose end is not known yet (`levels/follow-stories.ts`). Of nobody: the id is a digest. */
  level_story: {
    id: string
    tenant_id: TenantId
    kind: 'proof' | 'enrollment'
    factor_type: string
    /** 0 or 1. */
    key_shown: number
    /** When it counts as given up. */
    ends_at: Time
  }
  /** What of the levels holds for longer: which burn, which transports fail, how far push deliveries are counted. */
  level_mark: {
    /** Empty for what is of no tenant. */
    tenant_id: TenantId | ''
    name: string
    state: string
    at: Time
  }
  /** What is usual for a user who signs in (`risk/past.ts`). */
  sign_in_past: {
    user_id: UserId
    tenant_id: TenantId
    /** JSON. */
    state: string
    learned_at: Time
  }
  /** Somebody with the password who has lost everything else asks to be let in again. One open one for each user. */
  recovery_request: {
    id: Id<'rec'>
    tenant_id: TenantId
    user_id: UserId
    client_id: ClientId
    created_at: Time
    /** When an access pass goes out. */
    ready_at: Time
    /** When something is to be done next: the reminder, then the end. */
    due_at: Time
    ended_at: Time | null
    end_reason: 'granted' | 'cancelled' | 'overtaken' | null
  }
  /** An access token of a client application (OAuth 2.0). */
  client_token: {
    /** SHA-256 of the token. */
    hash: Uint8Array
    tenant_id: TenantId
    client_id: ClientId
    client_slug: string
    /** What it was given for: the id of a secret, or the thumbprint of a key (RFC 7638). It is good no longer than that. */
    credential: string
    /** JSON array of scopes. */
    scopes: string
    created_at: Time
    expires_at: Time
  }
  /** What a browser brings back from the hosted sign-in, and its client exchanges for the tokens of a session. */
  authorization_code: {
    /** SHA-256 of the code. */
    hash: Uint8Array
    tenant_id: TenantId
    client_id: ClientId
    user_id: UserId
    session_id: SessionId
    redirect_uri: string
    /** S256 (RFC 7636). */
    code_challenge: string
    created_at: Time
    expires_at: Time
    spent_at: Time | null
  }
  /** A request with an Idempotency-Key, and its answer when there is one. */
  kept_answer: {
    /** SHA-256 of the client's id and of the key that it gave. */
    key: Uint8Array
    tenant_id: TenantId
    client_id: ClientId
    /** Sealed JSON, bound to this row: what was asked, and the answer when there is one. */
    sealed: Uint8Array
    /** Who carries it out: the number of the attempt, and the process that made it. */
    attempt: number
    holder: string
    /** Until when it counts as under way. */
    runs_until: Time
    /** Since when it has changed something. */
    begun_at: Time | null
    answered_at: Time | null
    expires_at: Time
  }
  /** Where events are sent to. */
  webhook_endpoint: {
    id: EndpointId
    tenant_id: TenantId
    url: string
    description: string | null
    /** JSON array: types, `noun.*` or `*`. */
    events: string
    /** Sealed JSON, bound to this row: one secret, or two while one takes the place of the other. */
    secrets: Uint8Array
    created_at: Time
    disabled_at: Time | null
    disabled_reason: 'request' | 'gone' | 'failing' | null
    /** Since when every attempt has failed. */
    failing_since: Time | null
    version: number
  }
  /** One event on its way to one endpoint. */
  webhook_delivery: {
    id: DeliveryId
    tenant_id: TenantId
    endpoint_id: EndpointId
    /** What goes out as `webhook-id`. */
    event_id: string
    event_type: string
    user_id: string | null
    /** The event's place in the sealed log; 0 for a sample. */
    position: number
    /** The body, as it is signed and sent. */
    payload: string
    created_at: Time
    /** When its time began: at its making, or when it was replayed. */
    queued_at: Time
    /** Null when nothing is to be done any more. */
    next_attempt_at: Time | null
    /** How many were made since `queued_at`. */
    attempts: number
    delivered_at: Time | null
    /** JSON array: what became of the newest attempts. */
    log: string
  }
  /** When a backup has taken the place of what came after it. */
  restoration: {
    number: Generated<number>
    /** When the backup was made. */
    backup_at: Time
    at: Time
  }
  /** Small texts of the counters, such as the failed attempts of an account. */
  ledger: {
    /** From SHA-256 of the name: nothing of an address stands here. */
    key: Uint8Array
    state: string
    expires_at: Time
    /** Of the embedded engine, where writes may be late. */
    version: number
  }
}
