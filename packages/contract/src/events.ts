/** How a thing ended: it happened, it was tried in vain, or it was refused before it was tried. */
type Outcome = 'success' | 'failure' | 'refused'

interface EventKind {
  /** The word of the audit record. */
  readonly action: string
  readonly outcome: Outcome
}

/** Everything that can happen. The key is the event's type; the log stores it and nothing else of this table. */
export const events = {
  'request.refused': { action: 'request_refused', outcome: 'refused' },
  'test.reset': { action: 'test_tenant_reset', outcome: 'success' },
  'client.created': { action: 'client_created', outcome: 'success' },
  'client.changed': { action: 'client_changed', outcome: 'success' },
  'client.enabled': { action: 'client_enabled', outcome: 'success' },
  'client.disabled': { action: 'client_disabled', outcome: 'success' },
  'client.secret_rotated': { action: 'client_secret_rotated', outcome: 'success' },
  'client.secret_revoked': { action: 'client_secret_revoked', outcome: 'success' },
  'client.secret_aging': { action: 'client_secret_aging', outcome: 'success' },
  'client.allow_list_changed': { action: 'client_allow_list_changed', outcome: 'success' },
  'policy.changed': { action: 'policy_changed', outcome: 'success' },
  'user.created': { action: 'user_created', outcome: 'success' },
  'user.updated': { action: 'user_updated', outcome: 'success' },
  'user.email_changed': { action: 'email_changed', outcome: 'success' },
  'user.disabled': { action: 'user_disabled', outcome: 'success' },
  'user.enabled': { action: 'user_enabled', outcome: 'success' },
  'user.erased': { action: 'user_erased', outcome: 'success' },
  'user.locked': { action: 'lockout', outcome: 'failure' },
  'user.unlocked': { action: 'user_unlocked', outcome: 'success' },
  'factor.suspended': { action: 'factor_suspended', outcome: 'failure' },
  'password.changed': { action: 'password_changed', outcome: 'success' },
  'password.rehashed': { action: 'password_rehashed', outcome: 'success' },
  'login.succeeded': { action: 'login', outcome: 'success' },
  'login.failed': { action: 'failed_login', outcome: 'failure' },
  'login.captcha_required': { action: 'captcha_required', outcome: 'refused' },
  'login.challenged': { action: 'login_challenged', outcome: 'success' },
  'factor.enrolled': { action: 'factor_enrolled', outcome: 'success' },
  'factor.activated': { action: 'factor_activated', outcome: 'success' },
  'challenge.created': { action: 'challenge_created', outcome: 'success' },
  'factor.challenged': { action: 'mfa_challenged', outcome: 'success' },
  'factor.verified': { action: 'mfa_succeeded', outcome: 'success' },
  'factor.rejected': { action: 'mfa_failed', outcome: 'failure' },
  'push.paired': { action: 'push_device_paired', outcome: 'success' },
  'push.subscribed': { action: 'push_device_subscribed', outcome: 'success' },
  'push.approved': { action: 'push_approved', outcome: 'success' },
  'push.denied': { action: 'push_denied', outcome: 'refused' },
  'push.stopped': { action: 'push_stopped', outcome: 'failure' },
  'grant.spent': { action: 'approval_used', outcome: 'success' },
  'grant.rejected': { action: 'approval_rejected', outcome: 'refused' },
  'hardware_tokens.imported': { action: 'hardware_tokens_imported', outcome: 'success' },
  'factor.resynchronised': { action: 'factor_resynchronised', outcome: 'success' },
  'factor.expiring': { action: 'factor_expiring', outcome: 'success' },
  'factor.expired': { action: 'factor_expired', outcome: 'success' },
  'factor.renamed': { action: 'factor_renamed', outcome: 'success' },
  'factor.removed': { action: 'factor_removed', outcome: 'success' },
  'recovery_codes.generated': { action: 'recovery_codes_generated', outcome: 'success' },
  'recovery_code.used': { action: 'recovery_code_used', outcome: 'success' },
  'user.mfa_reset': { action: 'mfa_reset', outcome: 'success' },
  'access_pass.issued': { action: 'access_pass_issued', outcome: 'success' },
  'access_pass.used': { action: 'access_pass_used', outcome: 'success' },
  'recovery.requested': { action: 'recovery_requested', outcome: 'success' },
  'recovery.ended': { action: 'recovery_ended', outcome: 'success' },
  'session.ended': { action: 'logout', outcome: 'success' },
  'session.revoked': { action: 'session_revoked', outcome: 'success' },
  'token.refreshed': { action: 'token_refreshed', outcome: 'success' },
  'token.reused': { action: 'refresh_reuse', outcome: 'refused' },
  'token_key.read': { action: 'token_key_read', outcome: 'success' },
  'token.rejected': { action: 'token_rejected', outcome: 'failure' },
  'message.failed': { action: 'message_failed', outcome: 'failure' },
  'key.created': { action: 'key_created', outcome: 'success' },
} as const satisfies Record<string, EventKind>

export type EventType = keyof typeof events
