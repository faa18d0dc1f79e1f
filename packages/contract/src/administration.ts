/** What administrators are, the highest first. */
export const administratorRoles = ['owner', 'admin', 'support', 'auditor'] as const
export type AdministratorRole = (typeof administratorRoles)[number]

/** Which administrators may call an operation, and what it demands of them. */
export interface Duty {
  readonly roles: readonly AdministratorRole[]
  /** A second factor must have been proven within the last minutes, and a reason be given. */
  readonly sensitive?: true
  /** Fields that are for applications alone. */
  readonly withheld?: readonly string[]
  /** Open also for the tenant of the administrators themselves, to those who look after all tenants. */
  readonly ofHouse?: true
}

const all = { roles: administratorRoles } as const
const keepers = { roles: ['owner', 'admin'] } as const
const helpers = { roles: ['owner', 'admin', 'support'] } as const
const readers = { roles: ['owner', 'admin', 'auditor'] } as const
const owners = { roles: ['owner'] } as const
/** It is for applications: it speaks for a person, shows what only that person may see, or changes nothing for an operator. */
const nobody = { roles: [] } as const

const sensitive = { sensitive: true } as const
const ofHouse = { ofHouse: true } as const
/** An administrator neither sees nor sets anybody's password. */
const withoutPassword = { withheld: ['password'] } as const

/** Every operation that asks who calls, and which administrators may call it. What is not here nobody may: a test fails. */
export const duties: Readonly<Record<string, Duty>> = {
  getAdministrator: all,
  proveAdministrator: all,
  listAdministrators: { ...readers, ...ofHouse },
  createAdministrator: { ...owners, ...sensitive },
  changeAdministrator: { ...owners, ...sensitive },
  removeAdministrator: { ...owners, ...sensitive },
  unlockAdministrator: { ...owners, ...sensitive },
  resetAdministratorMfa: { ...owners, ...sensitive },
  issueAdministratorLink: { ...owners, ...sensitive },

  getUser: all,
  listUsers: all,
  listFactors: all,
  listSessions: all,
  getRecoveryRequest: all,
  createUser: { ...keepers, ...withoutPassword },
  updateUser: { ...keepers, ...sensitive, ...withoutPassword },
  disableUser: { ...keepers, ...sensitive },
  enableUser: { ...keepers, ...sensitive },
  eraseUser: { ...keepers, ...sensitive },
  unlockUser: { ...helpers, ...sensitive },
  endSession: { ...helpers, ...sensitive },
  endSessions: { ...helpers, ...sensitive },
  removeFactor: { ...helpers, ...sensitive },
  resetMfa: { ...helpers, ...sensitive },
  issueAccessPass: { ...helpers, ...sensitive },
  cancelRecovery: { ...helpers, ...sensitive },
  importHardwareTokens: { ...keepers, ...sensitive },
  listHardwareTokens: readers,

  listAuditEvents: { ...all, ...ofHouse },
  exportAuditEvents: { ...readers, ...sensitive, ...ofHouse },
  followAuditEvents: { ...readers, ...ofHouse },
  getLogCheckpoint: { ...readers, ...ofHouse },
  getInclusionProof: { ...readers, ...ofHouse },
  getConsistencyProof: { ...readers, ...ofHouse },
  getPushDeliveries: readers,
  listMessageCounts: readers,
  getServiceLevels: readers,

  listAlerts: { ...all, ...ofHouse },
  getAlert: { ...all, ...ofHouse },
  followAlerts: { ...all, ...ofHouse },
  acknowledgeAlert: { ...helpers, ...ofHouse },
  resolveAlert: { ...helpers, ...ofHouse },
  expectAlert: { ...keepers, ...sensitive },
  actOnAlert: { ...helpers, ...sensitive },

  getPolicy: readers,
  changePolicy: { ...keepers, ...sensitive },
  simulatePolicy: readers,
  listTemplates: readers,
  previewTemplate: readers,
  changeTemplate: { ...keepers, ...sensitive },

  getClient: readers,
  listClients: readers,
  listClientSecrets: readers,
  createClient: { ...keepers, ...sensitive },
  changeClient: { ...keepers, ...sensitive },
  disableClient: { ...keepers, ...sensitive },
  enableClient: { ...keepers, ...sensitive },
  rotateClientSecret: { ...keepers, ...sensitive },
  revokeClientSecret: { ...keepers, ...sensitive },

  getWebhookEndpoint: readers,
  listWebhookEndpoints: readers,
  listWebhookDeliveries: readers,
  getWebhookDelivery: readers,
  createWebhookEndpoint: { ...keepers, ...sensitive },
  changeWebhookEndpoint: { ...keepers, ...sensitive },
  removeWebhookEndpoint: { ...keepers, ...sensitive },
  rotateWebhookSecret: { ...keepers, ...sensitive },
  testWebhookEndpoint: keepers,
  replayWebhookEndpoint: keepers,
  replayWebhookDelivery: keepers,

  login: nobody,
  logout: nobody,
  startPasskey: nobody,
  verifyPasskey: nobody,
  refreshSession: nobody,
  redeemCode: nobody,
  createChallenge: nobody,
  getChallenge: nobody,
  sendChallenge: nobody,
  verifyChallenge: nobody,
  requestRecovery: nobody,
  forgotPassword: nobody,
  resetPassword: nobody,
  requestRegistration: nobody,
  completeRegistration: nobody,
  disownSignIn: nobody,
  validateToken: nobody,
  revokeToken: nobody,
  readTokenKeys: nobody,
  listRevocations: nobody,
  enrollFactor: nobody,
  activateFactor: nobody,
  resyncFactor: nobody,
  noteKeyShown: nobody,
  renameFactor: nobody,
  sendEmailVerification: nobody,
  confirmEmailVerification: nobody,
  sendPhoneVerification: nobody,
  confirmPhoneVerification: nobody,
  listTestMessages: nobody,
  resetTestTenant: nobody,
}

/** Who may call the operation of this id, of all administrators. */
export function dutyOf(operationId: string): Duty {
  return Object.hasOwn(duties, operationId) ? (duties[operationId] ?? nobody) : nobody
}

/** The operations that a role may call. */
export function operationsOf(role: AdministratorRole): readonly string[] {
  return Object.keys(duties).filter((id) => dutyOf(id).roles.includes(role))
}

export function isAdministratorRole(name: string): name is AdministratorRole {
  return (administratorRoles as readonly string[]).includes(name)
}
