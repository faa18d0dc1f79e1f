import { z } from 'zod'
import { activateFactor, enrollFactor, renameFactor } from './factor-operations.ts'
import { idOf, Page, Password, pageOf, text } from './fields.ts'
import { operation } from './operation.ts'
import { hasOneProof, oneProof } from './proof.ts'
import { Account, AuditEvent, Factor, Session, User } from './resources.ts'

/**
 * What people do to their own account, with their access token (`Authorization: Bearer`) and without a client's
 * signature. A second factor is proven by `X-MFA-Token` (a code, once) or `X-Session-Token`.
 */
const own = { caller: 'user', scope: 'own', rate: 'users', status: 200 } as const
const nothing = z.strictObject({})
const stepUp = ['mfa_required', 'mfa_stale', 'sign_in_stale'] as const

export const getMe = operation({
  ...own,
  id: 'getMe',
  summary: 'Who I am, and in which session',
  method: 'GET',
  path: '/v1/me',
  input: nothing,
  output: z.object({ user: Account, session: Session }),
  problems: [],
})

export const listMyFactors = operation({
  ...own,
  id: 'listMyFactors',
  summary: 'List my factors',
  method: 'GET',
  path: '/v1/me/factors',
  input: nothing,
  output: z.object({ data: z.array(Factor) }),
  problems: [],
})

const { id: _ofUser, nonce: _nonce, ...enrollFields } = enrollFactor.input.shape
export const enrollMyFactor = operation({
  ...own,
  id: 'enrollMyFactor',
  summary: 'Enrol a factor for myself. What is shown is shown this once; the first proof activates it',
  method: 'POST',
  path: '/v1/me/factors',
  status: 201,
  demandsProof: true,
  opensToRecovery: true,
  input: z.strictObject(enrollFields),
  output: enrollFactor.output,
  problems: [...enrollFactor.problems, ...stepUp],
})

const { nonce: _other, ...activateFields } = activateFactor.input.shape
export const activateMyFactor = operation({
  ...own,
  id: 'activateMyFactor',
  summary: 'Activate a factor of mine with its first proof',
  method: 'POST',
  path: '/v1/me/factors/{id}/activate',
  rate: 'auth',
  // Who began it may have been anybody, before the owner had a factor to prove.
  demandsProof: true,
  opensToRecovery: true,
  input: z.strictObject(activateFields).refine(hasOneProof, oneProof),
  output: activateFactor.output,
  problems: [...activateFactor.problems, ...stepUp],
})

export const renameMyFactor = operation({
  ...own,
  id: 'renameMyFactor',
  summary: 'Change what I know a factor of mine by',
  method: 'PATCH',
  path: '/v1/me/factors/{id}',
  input: z.strictObject({ id: idOf('fac'), label: renameFactor.input.shape.label }),
  output: renameFactor.output,
  problems: renameFactor.problems,
})

export const removeMyFactor = operation({
  ...own,
  id: 'removeMyFactor',
  summary: 'Remove a factor of mine and end my other sessions',
  method: 'DELETE',
  path: '/v1/me/factors/{id}',
  demandsProof: true,
  input: z.strictObject({ id: idOf('fac') }),
  output: nothing,
  problems: ['not_found', 'last_factor', ...stepUp],
})

export const listMySessions = operation({
  ...own,
  id: 'listMySessions',
  summary: 'List my sessions, newest first',
  method: 'GET',
  path: '/v1/me/sessions',
  input: nothing,
  output: z.object({ data: z.array(Session) }),
  problems: [],
})

export const endMySession = operation({
  ...own,
  id: 'endMySession',
  summary: 'End one of my sessions',
  method: 'DELETE',
  path: '/v1/me/sessions/{id}',
  input: z.strictObject({ id: idOf('ses') }),
  output: nothing,
  problems: ['not_found'],
})

export const endMyOtherSessions = operation({
  ...own,
  id: 'endMyOtherSessions',
  summary: 'End all my sessions but this one',
  method: 'DELETE',
  path: '/v1/me/sessions',
  input: nothing,
  output: nothing,
  problems: [],
})

export const listMyActivity = operation({
  ...own,
  id: 'listMyActivity',
  summary: 'What is on record about me, newest first',
  method: 'GET',
  path: '/v1/me/activity',
  rate: 'other',
  input: z.strictObject({ ...Page }),
  output: pageOf(AuditEvent),
  problems: [],
})

export const changeMyPassword = operation({
  ...own,
  id: 'changeMyPassword',
  summary: 'Give myself another password and end my other sessions',
  method: 'POST',
  path: '/v1/me/password',
  rate: 'auth',
  demandsProof: true,
  input: z.strictObject({ current_password: Password, new_password: Password }),
  output: nothing,
  problems: ['invalid_credentials', 'too_many_attempts', 'password_too_short', 'password_too_common', ...stepUp],
})

export const changeMyName = operation({
  ...own,
  id: 'changeMyName',
  summary: 'Change what I am called',
  method: 'PATCH',
  path: '/v1/me',
  demandsProof: true,
  input: z.strictObject({ name: text(200).nullable() }),
  output: User,
  problems: ['version_conflict', ...stepUp],
})

/** All of them, in the order of the documentation. */
export const meOperations = [
  getMe,
  changeMyName,
  changeMyPassword,
  listMyFactors,
  enrollMyFactor,
  activateMyFactor,
  renameMyFactor,
  removeMyFactor,
  listMySessions,
  endMySession,
  endMyOtherSessions,
  listMyActivity,
] as const
