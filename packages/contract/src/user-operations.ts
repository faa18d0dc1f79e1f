import { z } from 'zod'
import { Email, idOf, Nonce, Page, Password, pageOf, text } from './fields.ts'
import { operation } from './operation.ts'
import { Account, User } from './resources.ts'

const nothing = z.strictObject({})
const userId = { id: idOf('usr') }
const externalId = text(255).meta({
  description: 'What the application calls this user: any text, compared as it is, of one user in the tenant',
})

const role = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/)
  .meta({ description: 'What the application calls it; carried in tokens' })

const phoneNumber = z.string().regex(/^\+[1-9][0-9]{6,14}$/, { message: 'must be E.164, like +4915112345678' })

export const createUser = operation({
  id: 'createUser',
  summary: 'Create a user',
  method: 'POST',
  path: '/v1/users',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 201,
  input: z
    .strictObject({
      ...Nonce,
      email: Email.optional().meta({ description: 'May be left out where there is an `external_id`' }),
      external_id: externalId.optional(),
      password: Password.optional(),
      name: text(200).optional(),
      phone_number: phoneNumber.optional(),
      role: role.default('user'),
    })
    .refine(({ email, external_id }) => email !== undefined || external_id !== undefined, {
      path: ['email'],
      message: 'a user has an email, an external_id, or both',
    })
    .refine(({ email, password }) => email !== undefined || password === undefined, {
      path: ['password'],
      message: 'a password is for signing in with an email',
    }),
  output: User,
  problems: ['email_taken', 'external_id_taken', 'password_too_short', 'password_too_common'],
})

export const getUser = operation({
  id: 'getUser',
  summary: 'Read a user',
  method: 'GET',
  path: '/v1/users/{id}',
  caller: 'client',
  scope: 'users:read',
  rate: 'users',
  status: 200,
  input: z.strictObject(userId),
  output: Account,
  problems: ['not_found'],
})

export const listUsers = operation({
  id: 'listUsers',
  summary: 'List users, newest first',
  method: 'GET',
  path: '/v1/users',
  caller: 'client',
  scope: 'users:read',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Page, email: Email.optional(), external_id: externalId.optional() }),
  output: pageOf(User),
  problems: [],
})

export const updateUser = operation({
  id: 'updateUser',
  summary: 'Change a user. A new password ends all sessions of the user',
  method: 'PATCH',
  path: '/v1/users/{id}',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    ...userId,
    email: Email.optional(),
    external_id: externalId.nullable().optional(),
    password: Password.optional(),
    name: text(200).nullable().optional(),
    phone_number: phoneNumber.nullable().optional(),
    role: role.optional(),
  }),
  output: User,
  problems: [
    'not_found',
    'email_taken',
    'external_id_taken',
    'password_too_short',
    'password_too_common',
    'version_conflict',
  ],
})

export const disableUser = operation({
  id: 'disableUser',
  summary: 'Disable a user and end all sessions',
  method: 'POST',
  path: '/v1/users/{id}/disable',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, ...userId, reason: text(500) }),
  output: User,
  problems: ['not_found', 'version_conflict'],
})

export const enableUser = operation({
  id: 'enableUser',
  summary: 'Let a disabled user sign in again',
  method: 'POST',
  path: '/v1/users/{id}/enable',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, ...userId, reason: text(500) }),
  output: User,
  problems: ['not_found', 'version_conflict'],
})

export const unlockUser = operation({
  id: 'unlockUser',
  summary: 'Lift the locks of a user: wrong passwords, wrong codes, suspended factors',
  method: 'POST',
  path: '/v1/users/{id}/unlock',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, ...userId, reason: text(500) }),
  output: User,
  problems: ['not_found'],
})

export const eraseUser = operation({
  id: 'eraseUser',
  summary: 'Erase a person: the account with all that belongs to it, and what is personal in its events, for good',
  method: 'DELETE',
  path: '/v1/users/{id}',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, ...userId, reason: text(500) }),
  output: nothing,
  problems: ['not_found', 'version_conflict'],
})

export const userOperations = [
  createUser,
  getUser,
  listUsers,
  updateUser,
  disableUser,
  enableUser,
  unlockUser,
  eraseUser,
] as const
