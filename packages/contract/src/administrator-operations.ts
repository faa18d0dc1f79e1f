import { z } from 'zod'
import { forgotPassword } from './account-operations.ts'
import { administratorRoles } from './administration.ts'
import { Email, EndUser, idOf, Password, Time, text } from './fields.ts'
import { operation } from './operation.ts'
import { hasNoTwoProofs, noTwoProofs } from './proof.ts'
import { Session } from './resources.ts'
import { refreshSession } from './session-operations.ts'
import {
  createChallenge,
  login,
  sendChallenge,
  startPasskey,
  verifyChallenge,
  verifyPasskey,
} from './sign-in-operations.ts'

const nothing = z.strictObject({})
const administratorId = { id: idOf('usr') }
const reason = text(500)
const Role = z.enum(administratorRoles)
const Tenants = z
  .array(text(64))
  .min(1)
  .max(100)
  .nullable()
  .meta({ description: 'The tenants that they look after, by name; null: all, as an owner does' })
const deviceToken = { device_token: EndUser.shape.device_token }

export const Administrator = z
  .object({
    id: idOf('usr'),
    email: Email.nullable(),
    name: z.string().nullable(),
    role: Role,
    tenants: z.array(z.string()).nullable(),
    has_mfa: z
      .boolean()
      .meta({ description: 'False until they have set up a second factor: until then they may do nothing' }),
    created_at: Time,
  })
  .meta({ id: 'Administrator' })
export type Administrator = z.output<typeof Administrator>

const SetUpLink = z
  .object({
    link: z.string().meta({ description: 'Where they choose their password. Shown this once, good once' }),
    expires_at: Time,
  })
  .meta({ id: 'SetUpLink' })

/** Before anybody is known. */
const open = { caller: 'public', scope: 'own', rate: 'auth', status: 200, method: 'POST' } as const
/** With the access token of an administrator. */
const own = { caller: 'admin', scope: 'own', rate: 'users', status: 200 } as const

export const signInAdministrator = operation({
  ...open,
  id: 'signInAdministrator',
  summary: 'Sign in as an administrator. Who has no second factor yet may set one up, and nothing else',
  path: '/v1/administrators/sign-in',
  input: z.strictObject({
    email: Email,
    password: Password,
    captcha_token: login.input.shape.captcha_token,
    ...deviceToken,
  }),
  output: login.output,
  problems: login.problems,
})

export const sendAdministratorChallenge = operation({
  ...open,
  id: 'sendAdministratorChallenge',
  summary: 'Ask one factor of the challenge of a sign-in, or of a proof',
  path: '/v1/administrators/challenges/{id}/send',
  status: 202,
  input: z.strictObject({ id: idOf('chl'), factor_id: idOf('fac') }),
  output: sendChallenge.output,
  problems: sendChallenge.problems,
})

export const verifyAdministratorChallenge = operation({
  ...open,
  id: 'verifyAdministratorChallenge',
  summary: 'Answer the challenge of a sign-in, which opens a session, or of a proof',
  path: '/v1/administrators/challenges/{id}/verify',
  input: z
    .strictObject({
      id: idOf('chl'),
      code: verifyChallenge.input.shape.code,
      response: verifyChallenge.input.shape.response,
      factor_id: verifyChallenge.input.shape.factor_id,
      remember_device: verifyChallenge.input.shape.remember_device,
      ...deviceToken,
    })
    .refine(hasNoTwoProofs, noTwoProofs),
  output: verifyChallenge.output,
  problems: verifyChallenge.problems,
})

export const startAdministratorPasskey = operation({
  ...open,
  id: 'startAdministratorPasskey',
  summary: 'Begin the sign-in of an administrator with a passkey',
  path: '/v1/administrators/passkey/options',
  rate: 'other',
  input: nothing,
  output: startPasskey.output,
  problems: startPasskey.problems,
})

export const verifyAdministratorPasskey = operation({
  ...open,
  id: 'verifyAdministratorPasskey',
  summary: 'Sign in as an administrator with a passkey',
  path: '/v1/administrators/passkey/verify',
  input: z.strictObject({ response: verifyPasskey.input.shape.response, ...deviceToken }),
  output: verifyPasskey.output,
  problems: verifyPasskey.problems,
})

export const refreshAdministrator = operation({
  ...open,
  id: 'refreshAdministrator',
  summary: 'The next access token of an administrator',
  path: '/v1/administrators/refresh',
  rate: 'validate',
  input: z.strictObject({ refresh_token: refreshSession.input.shape.refresh_token }),
  output: refreshSession.output,
  problems: refreshSession.problems,
})

export const forgotAdministratorPassword = operation({
  ...open,
  id: 'forgotAdministratorPassword',
  summary: 'Have a link mailed by which an administrator sets a new password',
  path: '/v1/administrators/password/forgot',
  status: 202,
  input: z.strictObject({ email: Email }),
  output: forgotPassword.output,
  problems: forgotPassword.problems,
})

export const getAdministrator = operation({
  ...own,
  id: 'getAdministrator',
  summary: 'Who I am as an administrator, and what I may do',
  method: 'GET',
  path: '/v1/administrators/me',
  input: nothing,
  output: z.object({
    administrator: Administrator,
    session: Session,
    operations: z.array(z.string()).meta({ description: 'What the role may call, by `operationId`' }),
  }),
  problems: [],
})

export const proveAdministrator = operation({
  ...own,
  id: 'proveAdministrator',
  summary: 'Begin a new proof of my second factor for this session, where a code in X-MFA-Token does not do',
  method: 'POST',
  path: '/v1/administrators/me/challenges',
  rate: 'auth',
  status: 201,
  input: nothing,
  output: createChallenge.output,
  problems: ['factor_required', 'version_conflict'],
})

export const listAdministrators = operation({
  ...own,
  id: 'listAdministrators',
  summary: 'List the administrators',
  method: 'GET',
  path: '/v1/administrators',
  input: nothing,
  output: z.object({ data: z.array(Administrator) }),
  problems: [],
})

const sensitive = ['mfa_required', 'mfa_stale'] as const

export const createAdministrator = operation({
  ...own,
  id: 'createAdministrator',
  summary: 'Create an administrator, and the link by which they choose their password',
  method: 'POST',
  path: '/v1/administrators',
  status: 201,
  input: z.strictObject({
    email: Email,
    name: text(200).optional(),
    role: Role,
    tenants: Tenants.default(null),
    reason,
  }),
  output: z.object({ administrator: Administrator, set_up: SetUpLink }),
  problems: ['email_taken', ...sensitive],
})

export const changeAdministrator = operation({
  ...own,
  id: 'changeAdministrator',
  summary: 'Give an administrator another role, or other tenants. It holds from their next request on',
  method: 'PATCH',
  path: '/v1/administrators/{id}',
  input: z.strictObject({ ...administratorId, role: Role.optional(), tenants: Tenants.optional(), reason }),
  output: Administrator,
  problems: ['not_found', 'not_on_yourself', 'last_owner', 'version_conflict', ...sensitive],
})

export const removeAdministrator = operation({
  ...own,
  id: 'removeAdministrator',
  summary: 'Take everything from an administrator, and end their sessions',
  method: 'DELETE',
  path: '/v1/administrators/{id}',
  input: z.strictObject({ ...administratorId, reason }),
  output: nothing,
  problems: ['not_found', 'not_on_yourself', 'last_owner', 'version_conflict', ...sensitive],
})

export const unlockAdministrator = operation({
  ...own,
  id: 'unlockAdministrator',
  summary: 'Lift the locks of an administrator',
  method: 'POST',
  path: '/v1/administrators/{id}/unlock',
  input: z.strictObject({ ...administratorId, reason }),
  output: Administrator,
  problems: ['not_found', 'not_on_yourself', ...sensitive],
})

export const resetAdministratorMfa = operation({
  ...own,
  id: 'resetAdministratorMfa',
  summary: 'Take all factors from an administrator who has lost them, and end their sessions',
  method: 'POST',
  path: '/v1/administrators/{id}/reset-mfa',
  input: z.strictObject({ ...administratorId, reason }),
  output: nothing,
  problems: ['not_found', 'not_on_yourself', 'last_owner', 'version_conflict', ...sensitive],
})

export const issueAdministratorLink = operation({
  ...own,
  id: 'issueAdministratorLink',
  summary: 'Make a new link by which an administrator chooses a password',
  method: 'POST',
  path: '/v1/administrators/{id}/link',
  status: 201,
  input: z.strictObject({ ...administratorId, reason }),
  output: SetUpLink,
  problems: ['not_found', 'not_on_yourself', 'version_conflict', ...sensitive],
})

/** All of them, in the order of the documentation. */
export const administratorOperations = [
  signInAdministrator,
  sendAdministratorChallenge,
  verifyAdministratorChallenge,
  startAdministratorPasskey,
  verifyAdministratorPasskey,
  refreshAdministrator,
  forgotAdministratorPassword,
  getAdministrator,
  proveAdministrator,
  listAdministrators,
  createAdministrator,
  changeAdministrator,
  removeAdministrator,
  unlockAdministrator,
  resetAdministratorMfa,
  issueAdministratorLink,
] as const
