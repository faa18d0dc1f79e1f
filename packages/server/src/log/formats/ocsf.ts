import type { AuditEvent } from '@gatehouse/contract/resources'

/** Classes of OCSF 1.3 (category 3, Identity and Access Management), and the event of no class. */
const baseEvent = 0
const accountChange = 3001
const authentication = 3002

const other = 99

/** Which activity of which class an event is. All others are events of no class, with everything in `unmapped`. */
const activities: Readonly<Record<string, readonly [number, number]>> = {
  'login.succeeded': [authentication, 1],
  'login.failed': [authentication, 1],
  'session.ended': [authentication, 2],
  'session.revoked': [authentication, 2],
  'token.refreshed': [authentication, 5],
  'token.reused': [authentication, 5],
  'login.challenged': [authentication, 6],
  'factor.challenged': [authentication, other],
  'factor.verified': [authentication, other],
  'factor.rejected': [authentication, other],
  'recovery_code.used': [authentication, other],
  'user.created': [accountChange, 1],
  'user.enabled': [accountChange, 2],
  'password.changed': [accountChange, 3],
  'user.disabled': [accountChange, 5],
  'user.erased': [accountChange, 6],
  'user.locked': [accountChange, 9],
  'factor.activated': [accountChange, 10],
  'factor.removed': [accountChange, 11],
  'user.mfa_reset': [accountChange, 11],
  'user.unlocked': [accountChange, other],
  'user.updated': [accountChange, other],
}

/** OCSF: informational, low, medium. */
const severities = { success: 1, refused: 2, failure: 3 } as const

/** An event in the words of the Open Cybersecurity Schema Framework (https://schema.ocsf.io, 1.3.0). */
export function ocsfEvent(event: AuditEvent) {
  const [classUid, activityId] = (event.user_id !== null && activities[event.type]) || [baseEvent, other]
  const succeeded = event.outcome === 'success'
  return {
    category_uid: Math.floor(classUid / 1000),
    class_uid: classUid,
    activity_id: activityId,
    ...(activityId === other && { activity_name: event.action }),
    type_uid: classUid * 100 + activityId,
    time: Date.parse(event.timestamp),
    severity_id: severities[event.outcome],
    status_id: succeeded ? 1 : 2,
    status: succeeded ? 'Success' : 'Failure',
    ...(typeof event.data['reason'] === 'string' && { status_detail: event.data['reason'] }),
    message: event.action,
    metadata: {
      version: '1.3.0',
      product: { name: 'Gatehouse', vendor_name: 'Gatehouse' },
      uid: event.id,
      event_code: event.type,
      ...(event.position !== null && { sequence: event.position }),
      ...(event.request_id !== null && { correlation_uid: event.request_id }),
    },
    ...((event.user_id ?? event.email) !== null && {
      user: {
        ...(event.user_id !== null && { uid: event.user_id }),
        ...(event.email !== null && { email_addr: event.email }),
      },
    }),
    ...(event.session_id !== null && { session: { uid: event.session_id } }),
    ...(event.ip_address !== null && {
      src_endpoint: {
        ip: event.ip_address,
        ...(event.geo_location !== null && { location: { country: event.geo_location.slice(0, 2) } }),
      },
    }),
    ...(event.user_agent !== null && { http_request: { user_agent: event.user_agent } }),
    ...(event.client_system !== null && { service: { name: event.client_system } }),
    unmapped: { actor: event.actor, outcome: event.outcome, data: event.data },
  }
}
