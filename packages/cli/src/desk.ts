import type { User } from '@gatehouse/contract/resources'
import { createGatehouse, type Gatehouse } from '@gatehouse/sdk'
import { acknowledgeAlert, resolveAlert } from '@gatehouse/server/alerts/change-alert'
import { listAlerts } from '@gatehouse/server/alerts/list-alerts'
import type { Context } from '@gatehouse/server/context'
import { factorsOf } from '@gatehouse/server/factors/factors'
import { issueAccessPass } from '@gatehouse/server/factors/issue-access-pass'
import { listFactors } from '@gatehouse/server/factors/list-factors'
import { removeFactor } from '@gatehouse/server/factors/remove-factor'
import { resetMfa } from '@gatehouse/server/factors/reset-mfa'
import { getServiceLevels } from '@gatehouse/server/levels/get-service-levels'
import type { OpenParts } from '@gatehouse/server/open-parts'
import { passwordsOf } from '@gatehouse/server/passwords/passwords'
import { changePolicy, getPolicy } from '@gatehouse/server/policies/change-policy'
import { simulatePolicy } from '@gatehouse/server/policies/simulate-policy'
import { openRules } from '@gatehouse/server/policies/tenant-rules'
import { endSession, endSessions, listSessions } from '@gatehouse/server/sessions/list-sessions'
import { openSessions } from '@gatehouse/server/sessions/sessions'
import { createUser } from '@gatehouse/server/users/create-user'
import { getAccount } from '@gatehouse/server/users/get-account'
import { listUsers } from '@gatehouse/server/users/list-users'
import { unlockUser } from '@gatehouse/server/users/unlock-user'
import type { Command } from 'commander'
import { getVariable } from './get-variable.ts'
import { forTenant, inTenant, type TenantFlags } from './in-tenant.ts'

/** An operation of the API as it is called here: with the data in hands, or at a server elsewhere. */
type Deed<Method> = Method extends (input: infer Input, options?: never) => Promise<infer Output>
  ? (input: Input) => Promise<Output>
  : never
type Deeds<Of, Names extends keyof Of> = { readonly [Name in Names]: Deed<Of[Name]> }
type Users = Gatehouse['users']

/** What commands about the people of one tenant are done by. */
export interface Desk {
  readonly users: Deeds<Users, 'get' | 'listPage' | 'unlock' | 'resetMfa' | 'accessPass'> & {
    readonly create: (input: Parameters<Users['create']>[0] & { readonly email: string }) => Promise<User>
    readonly factors: Deeds<Users['factors'], 'list'>
    readonly sessions: Deeds<Users['sessions'], 'list' | 'revokeAll'>
  }
  readonly factors: Deeds<Gatehouse['factors'], 'remove'>
  readonly sessions: Deeds<Gatehouse['sessions'], 'revoke'>
  readonly policy: Deeds<Gatehouse['policy'], 'update' | 'simulate'> & Pick<Gatehouse['policy'], 'get'>
  readonly alerts: Deeds<Gatehouse['alerts'], 'listPage' | 'acknowledge' | 'resolve'>
  readonly serviceLevels: Deeds<Gatehouse['serviceLevels'], 'get'>
}

export interface DeskFlags extends TenantFlags {
  readonly url?: string
}

/** A command that works with the data folder, or from anywhere with the credentials of a client. */
export function forDesk(command: Command): Command {
  return forTenant(command).option(
    '--url <address>',
    'a server elsewhere, as the client GATEHOUSE_CLIENT_ID with GATEHOUSE_CLIENT_SECRET, in its tenant',
  )
}

/** Does it beside whatever server runs on the data, as the operator; or with `--url` by the API, as a client. */
export async function atDesk({ url, ...flags }: DeskFlags, act: (desk: Desk) => Promise<void>): Promise<void> {
  if (url === undefined) return inTenant(flags, (ctx, parts) => act(deskHere(ctx, parts)))
  const clientId = getVariable('GATEHOUSE_CLIENT_ID')
  return act(createGatehouse({ url, clientId, secret: getVariable('GATEHOUSE_CLIENT_SECRET') }))
}

function deskHere(ctx: Context, parts: OpenParts): Desk {
  const sessions = openSessions({ ...parts, db: parts.storage, issuer: parts.publicUrl })
  const rules = openRules(parts.storage)
  const tools = { ...parts, factors: factorsOf(parts), sessions, rules }
  return {
    users: {
      get: (input) => getAccount(tools)(ctx, input),
      listPage: ({ limit = 50, ...input }) => listUsers(ctx, { ...input, limit }),
      create: ({ role = 'user', ...input }) => createUser({ passwords: passwordsOf(parts) })(ctx, { ...input, role }),
      unlock: (input) => unlockUser(ctx, input),
      resetMfa: (input) => resetMfa(tools)(ctx, input),
      accessPass: ({ lifetime_seconds = 3600, ...input }) =>
        issueAccessPass(parts)(ctx, { ...input, lifetime_seconds }),
      factors: { list: (input) => listFactors(ctx, input) },
      sessions: {
        list: (input) => listSessions(ctx, input),
        revokeAll: (input) => endSessions(tools)(ctx, input),
      },
    },
    factors: { remove: (input) => removeFactor(tools)(ctx, input) },
    sessions: { revoke: (input) => endSession(tools)(ctx, input) },
    policy: {
      get: () => getPolicy(ctx),
      update: (input) => changePolicy({ rules })(ctx, input),
      simulate: ({ last_days = 30, ...input }) => simulatePolicy(ctx, { ...input, last_days }),
    },
    alerts: {
      listPage: ({ limit = 50, ...input }) => listAlerts(ctx, { ...input, limit }),
      acknowledge: (input) => acknowledgeAlert(ctx, input),
      resolve: (input) => resolveAlert(ctx, input),
    },
    serviceLevels: { get: (input) => getServiceLevels(ctx, input) },
  }
}
