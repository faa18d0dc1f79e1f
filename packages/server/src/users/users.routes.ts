import * as testApi from '@gatehouse/contract/sandbox-operations'
import * as api from '@gatehouse/contract/user-operations'
import { type Site, serve } from '../http/serve.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { disableUser, enableUser, updateUser } from './change-user.ts'
import { createUser } from './create-user.ts'
import { eraseUser } from './erase-user.ts'
import { getAccount } from './get-account.ts'
import { listUsers } from './list-users.ts'
import { resetTestTenant } from './reset-test-tenant.ts'
import { unlockUser } from './unlock-user.ts'

interface Tools {
  readonly keys: Keyring
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly rules: Rules
}

export function serveUsers(site: Site, tools: Tools): void {
  serve(site, api.createUser, createUser(tools))
  serve(site, api.getUser, getAccount(tools))
  serve(site, api.listUsers, listUsers)
  serve(site, api.updateUser, updateUser(tools))
  serve(site, api.disableUser, disableUser(tools))
  serve(site, api.enableUser, enableUser)
  serve(site, api.eraseUser, eraseUser(tools))
  serve(site, api.unlockUser, unlockUser)
  serve(site, testApi.resetTestTenant, resetTestTenant(tools))
}
