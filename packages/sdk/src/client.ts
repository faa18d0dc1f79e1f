import * as accountApi from '@gatehouse/contract/account-operations'
import * as alertApi from '@gatehouse/contract/alert-operations'
import * as auditApi from '@gatehouse/contract/audit-operations'
import * as clientApi from '@gatehouse/contract/client-operations'
import { disownSignIn } from '@gatehouse/contract/disown-operations'
import * as factorApi from '@gatehouse/contract/factor-operations'
import { redeemCode } from '@gatehouse/contract/hosted-operations'
import * as levelApi from '@gatehouse/contract/level-operations'
import * as logApi from '@gatehouse/contract/log-operations'
import * as messageApi from '@gatehouse/contract/message-operations'
import type { Input, Operation, Output } from '@gatehouse/contract/operation'
import * as policyApi from '@gatehouse/contract/policy-operations'
import * as recoveryApi from '@gatehouse/contract/recovery-operations'
import * as registrationApi from '@gatehouse/contract/registration-operations'
import type { Authenticated, EnrollableType, User, Verified } from '@gatehouse/contract/resources'
import * as testApi from '@gatehouse/contract/sandbox-operations'
import * as sessionApi from '@gatehouse/contract/session-operations'
import * as signInApi from '@gatehouse/contract/sign-in-operations'
import { simulatePolicy } from '@gatehouse/contract/simulation-operations'
import * as tokenApi from '@gatehouse/contract/token-operations'
import * as userApi from '@gatehouse/contract/user-operations'
import * as verification from '@gatehouse/contract/verification-operations'
import * as webhookApi from '@gatehouse/contract/webhook-operations'
import { callerOf } from './caller.ts'
import { connectionOf, type GatehouseOptions } from './connection.ts'
import { everyRow, type Page } from './every-row.ts'
import {
  type GatehouseError,
  type GatehouseErrorCode,
  type GatehouseErrorKind,
  isGatehouseError,
} from './gatehouse-error.ts'
import { type Me, meOf, type Proof } from './me.ts'
import { type CallOptions, transportOf } from './transport.ts'

export {
  type CallOptions,
  type GatehouseError,
  type GatehouseErrorCode,
  type GatehouseErrorKind,
  type GatehouseOptions,
  isGatehouseError,
  type Me,
}

/** A call: the operation's input as one object, its path parameters included. Rejects with a GatehouseError. */
type Method<O extends Operation> = (input: Input<O>, options?: CallOptions) => Promise<Output<O>>
/** What a list can be narrowed by. */
type Filter<O extends Operation> = Omit<Input<O>, 'limit' | 'cursor'>
/** All rows, newest first; pages are fetched as they are needed. */
type Rows<O extends Operation> = (filter?: Filter<O>) => AsyncIterable<RowOf<O>>
type RowOf<O extends Operation> = Output<O> extends { readonly data: readonly (infer Row)[] } ? Row : never

type Enrollment = Output<typeof factorApi.enrollFactor>['enrollment']
/** What is to be enrolled says what is shown. */
type EnrollFactor = <T extends EnrollableType>(
  input: Input<typeof factorApi.enrollFactor> & { readonly type: T },
  options?: CallOptions,
) => Promise<Output<typeof factorApi.enrollFactor> & { readonly enrollment: Extract<Enrollment, { type: T }> }>

/** Who is given an address has one. */
interface CreateUser {
  (
    input: Input<typeof userApi.createUser> & { readonly email: string },
    options?: CallOptions,
  ): Promise<User & { readonly email: string }>
  (input: Input<typeof userApi.createUser>, options?: CallOptions): Promise<User>
}

/** Who opened a challenge knows what the answer gives: a session, or for `verify` and `step_up` the word that it was them. */
type VerifyChallenge = <Purpose extends 'sign_in' | 'verify' | 'step_up' = 'sign_in'>(
  input: Input<typeof signInApi.verifyChallenge>,
  options?: CallOptions,
) => Promise<Purpose extends 'sign_in' ? Authenticated : Verified>

/** A Gatehouse server, as a client application sees it: every operation of its API, by subject. */
export interface Gatehouse {
  /** What a person does to their own account: called with their access token, and not signed. */
  readonly me: (accessToken: string, proof?: Proof) => Me
  readonly auth: {
    readonly login: Method<typeof signInApi.login>
    readonly logout: Method<typeof sessionApi.logout>
    readonly password: {
      readonly forgot: Method<typeof accountApi.forgotPassword>
      readonly reset: Method<typeof accountApi.resetPassword>
    }
    readonly register: {
      /** Sends the link. The same answer for everybody. */
      readonly request: Method<typeof registrationApi.requestRegistration>
      readonly complete: Method<typeof registrationApi.completeRegistration>
    }
    /** "This was not me": the token is that of the link in a mail. */
    readonly disown: Method<typeof disownSignIn>
    readonly passkey: {
      /** What the browser needs to offer the passkeys it has. */
      readonly options: Method<typeof signInApi.startPasskey>
      readonly verify: Method<typeof signInApi.verifyPasskey>
    }
    readonly refresh: Method<typeof sessionApi.refreshSession>
    /** Exchanges what a browser has brought back from the hosted sign-in. */
    readonly code: Method<typeof redeemCode>
  }
  readonly challenges: {
    readonly get: Method<typeof signInApi.getChallenge>
    readonly send: Method<typeof signInApi.sendChallenge>
    readonly verify: VerifyChallenge
  }
  readonly tokens: {
    readonly validate: Method<typeof verification.validateToken>
    readonly revoke: Method<typeof verification.revokeToken>
    /** For `createVerifier` of `@gatehouse/sdk/verify`. */
    readonly keys: Method<typeof verification.readTokenKeys>
    readonly revocations: Method<typeof verification.listRevocations>
  }
  readonly users: {
    readonly create: CreateUser
    readonly get: Method<typeof userApi.getUser>
    readonly update: Method<typeof userApi.updateUser>
    readonly disable: Method<typeof userApi.disableUser>
    readonly enable: Method<typeof userApi.enableUser>
    readonly unlock: Method<typeof userApi.unlockUser>
    readonly erase: Method<typeof userApi.eraseUser>
    readonly list: Rows<typeof userApi.listUsers>
    /** One page, with the cursor of the next. */
    readonly listPage: Method<typeof userApi.listUsers>
    readonly challenges: {
      readonly create: Method<typeof signInApi.createChallenge>
    }
    readonly sessions: {
      readonly list: Method<typeof sessionApi.listSessions>
      readonly revokeAll: Method<typeof sessionApi.endSessions>
    }
    readonly emailVerification: {
      readonly send: Method<typeof accountApi.sendEmailVerification>
      readonly confirm: Method<typeof accountApi.confirmEmailVerification>
    }
    readonly phoneVerification: {
      readonly send: Method<typeof accountApi.sendPhoneVerification>
      readonly confirm: Method<typeof accountApi.confirmPhoneVerification>
    }
    readonly resetMfa: Method<typeof recoveryApi.resetMfa>
    readonly accessPass: Method<typeof recoveryApi.issueAccessPass>
    readonly factors: {
      readonly enroll: EnrollFactor
      readonly list: Method<typeof factorApi.listFactors>
    }
  }
  readonly factors: {
    readonly activate: Method<typeof factorApi.activateFactor>
    readonly resync: Method<typeof factorApi.resyncFactor>
    readonly update: Method<typeof factorApi.renameFactor>
    readonly remove: Method<typeof factorApi.removeFactor>
    /** The QR code did not do: somebody is shown the key to type. */
    readonly noteKeyShown: Method<typeof levelApi.noteKeyShown>
  }
  readonly clients: {
    readonly create: Method<typeof clientApi.createClient>
    readonly get: Method<typeof clientApi.getClient>
    readonly update: Method<typeof clientApi.changeClient>
    readonly disable: Method<typeof clientApi.disableClient>
    readonly enable: Method<typeof clientApi.enableClient>
    readonly list: Rows<typeof clientApi.listClients>
    /** One page, with the cursor of the next. */
    readonly listPage: Method<typeof clientApi.listClients>
    readonly secrets: {
      readonly list: Method<typeof clientApi.listClientSecrets>
      readonly rotate: Method<typeof clientApi.rotateClientSecret>
      readonly revoke: Method<typeof clientApi.revokeClientSecret>
    }
  }
  readonly recovery: {
    readonly request: Method<typeof recoveryApi.requestRecovery>
    readonly get: Method<typeof recoveryApi.getRecoveryRequest>
    readonly cancel: Method<typeof recoveryApi.cancelRecovery>
  }
  /** What went out, by way and kind. */
  readonly messageCounts: Method<typeof messageApi.listMessageCounts>
  readonly messageTemplates: {
    readonly list: Method<typeof messageApi.listTemplates>
    readonly update: Method<typeof messageApi.changeTemplate>
    readonly preview: Method<typeof messageApi.previewTemplate>
  }
  readonly push: {
    /** What of all that devices were asked has reached them, by transport. */
    readonly deliveries: Method<typeof messageApi.getPushDeliveries>
  }
  readonly policy: {
    readonly get: () => Promise<Output<typeof policyApi.getPolicy>>
    readonly update: Method<typeof policyApi.changePolicy>
    /** Runs other rules over the record; nothing is changed. */
    readonly simulate: Method<typeof simulatePolicy>
  }
  /** What a person should look at. */
  readonly alerts: {
    readonly list: Rows<typeof alertApi.listAlerts>
    /** One page, with the cursor of the next. */
    readonly listPage: Method<typeof alertApi.listAlerts>
    readonly get: Method<typeof alertApi.getAlert>
    /** What is new since a position. */
    readonly poll: Method<typeof alertApi.followAlerts>
    readonly acknowledge: Method<typeof alertApi.acknowledgeAlert>
    readonly resolve: Method<typeof alertApi.resolveAlert>
    readonly expect: Method<typeof alertApi.expectAlert>
    readonly act: Method<typeof alertApi.actOnAlert>
  }
  /** How well the service does what it promises. */
  readonly serviceLevels: {
    readonly get: Method<typeof levelApi.getServiceLevels>
  }
  readonly sessions: {
    readonly revoke: Method<typeof sessionApi.endSession>
  }
  readonly hardwareTokens: {
    readonly import: Method<typeof tokenApi.importHardwareTokens>
    readonly list: Rows<typeof tokenApi.listHardwareTokens>
    /** One page, with the cursor of the next. */
    readonly listPage: Method<typeof tokenApi.listHardwareTokens>
  }
  readonly webhookEndpoints: {
    readonly create: Method<typeof webhookApi.createWebhookEndpoint>
    readonly get: Method<typeof webhookApi.getWebhookEndpoint>
    readonly update: Method<typeof webhookApi.changeWebhookEndpoint>
    readonly remove: Method<typeof webhookApi.removeWebhookEndpoint>
    readonly rotateSecret: Method<typeof webhookApi.rotateWebhookSecret>
    readonly list: Rows<typeof webhookApi.listWebhookEndpoints>
    /** One page, with the cursor of the next. */
    readonly listPage: Method<typeof webhookApi.listWebhookEndpoints>
    /** Sends a sample. */
    readonly test: Method<typeof webhookApi.testWebhookEndpoint>
    /** Sends everything again that was not taken since then. */
    readonly replay: Method<typeof webhookApi.replayWebhookEndpoint>
  }
  readonly webhookDeliveries: {
    readonly get: Method<typeof webhookApi.getWebhookDelivery>
    readonly list: Rows<typeof webhookApi.listWebhookDeliveries>
    /** One page, with the cursor of the next. */
    readonly listPage: Method<typeof webhookApi.listWebhookDeliveries>
    readonly replay: Method<typeof webhookApi.replayWebhookDelivery>
  }
  /** For clients of test tenants only. */
  readonly test: {
    readonly outbox: Method<typeof testApi.listTestMessages>
    readonly reset: Method<typeof testApi.resetTestTenant>
  }
  readonly auditEvents: {
    readonly list: Rows<typeof logApi.listAuditEvents>
    /** One page, with the cursor of the next. */
    readonly listPage: Method<typeof logApi.listAuditEvents>
    /** What is new since a position, the oldest first; without one, where the sealed log ends. */
    readonly poll: Method<typeof auditApi.followAuditEvents>
    readonly checkpoint: Method<typeof logApi.getLogCheckpoint>
    readonly inclusionProof: Method<typeof logApi.getInclusionProof>
    readonly consistencyProof: Method<typeof logApi.getConsistencyProof>
  }
}

/**
 * Connects an application to its Gatehouse; nothing is sent yet. Options that are left out come from GATEHOUSE_URL,
 * GATEHOUSE_CLIENT_ID and GATEHOUSE_CLIENT_SECRET. The secret is kept where no inspection of the result finds it.
 *
 * ```ts
 * const gatehouse = createGatehouse()
 * const answer = await gatehouse.auth.login({ email, password, end_user: { ip: request.ip } })
 * ```
 *
 * @throws TypeError, naming what is missing
 */
export function createGatehouse(options: GatehouseOptions = {}): Gatehouse {
  const connection = connectionOf(options)
  const transport = transportOf(connection)
  const call = callerOf(connection, transport)
  const method =
    <O extends Operation>(operation: O): Method<O> =>
    (input, options) =>
      call(operation, input, options)
  const listOf = <O extends Operation>(operation: O) => {
    const listPage = method(operation)
    const list: Rows<O> = (filter) =>
      everyRow((cursor) => listPage({ ...filter, cursor } as Input<O>) as Promise<Page<RowOf<O>>>)
    return { list, listPage }
  }

  return {
    me: (accessToken, proof) => meOf(transport, accessToken, proof),
    auth: {
      login: method(signInApi.login),
      logout: method(sessionApi.logout),
      register: {
        request: method(registrationApi.requestRegistration),
        complete: method(registrationApi.completeRegistration),
      },
      password: { forgot: method(accountApi.forgotPassword), reset: method(accountApi.resetPassword) },
      disown: method(disownSignIn),
      refresh: method(sessionApi.refreshSession),
      passkey: { options: method(signInApi.startPasskey), verify: method(signInApi.verifyPasskey) },
      code: method(redeemCode),
    },
    challenges: {
      get: method(signInApi.getChallenge),
      send: method(signInApi.sendChallenge),
      verify: method(signInApi.verifyChallenge) as VerifyChallenge,
    },
    tokens: {
      validate: method(verification.validateToken),
      revoke: method(verification.revokeToken),
      keys: method(verification.readTokenKeys),
      revocations: method(verification.listRevocations),
    },
    users: {
      create: method(userApi.createUser) as CreateUser,
      get: method(userApi.getUser),
      update: method(userApi.updateUser),
      disable: method(userApi.disableUser),
      enable: method(userApi.enableUser),
      unlock: method(userApi.unlockUser),
      erase: method(userApi.eraseUser),
      ...listOf(userApi.listUsers),
      sessions: { list: method(sessionApi.listSessions), revokeAll: method(sessionApi.endSessions) },
      challenges: { create: method(signInApi.createChallenge) },
      emailVerification: {
        send: method(accountApi.sendEmailVerification),
        confirm: method(accountApi.confirmEmailVerification),
      },
      phoneVerification: {
        send: method(accountApi.sendPhoneVerification),
        confirm: method(accountApi.confirmPhoneVerification),
      },
      resetMfa: method(recoveryApi.resetMfa),
      accessPass: method(recoveryApi.issueAccessPass),
      factors: { enroll: method(factorApi.enrollFactor) as EnrollFactor, list: method(factorApi.listFactors) },
    },
    factors: {
      activate: method(factorApi.activateFactor),
      resync: method(factorApi.resyncFactor),
      update: method(factorApi.renameFactor),
      remove: method(factorApi.removeFactor),
      noteKeyShown: method(levelApi.noteKeyShown),
    },
    clients: {
      create: method(clientApi.createClient),
      get: method(clientApi.getClient),
      update: method(clientApi.changeClient),
      disable: method(clientApi.disableClient),
      enable: method(clientApi.enableClient),
      ...listOf(clientApi.listClients),
      secrets: {
        list: method(clientApi.listClientSecrets),
        rotate: method(clientApi.rotateClientSecret),
        revoke: method(clientApi.revokeClientSecret),
      },
    },
    recovery: {
      request: method(recoveryApi.requestRecovery),
      get: method(recoveryApi.getRecoveryRequest),
      cancel: method(recoveryApi.cancelRecovery),
    },
    messageCounts: method(messageApi.listMessageCounts),
    messageTemplates: {
      list: method(messageApi.listTemplates),
      update: method(messageApi.changeTemplate),
      preview: method(messageApi.previewTemplate),
    },
    push: { deliveries: method(messageApi.getPushDeliveries) },
    policy: {
      get: () => call(policyApi.getPolicy, {}),
      update: method(policyApi.changePolicy),
      simulate: method(simulatePolicy),
    },
    alerts: {
      ...listOf(alertApi.listAlerts),
      get: method(alertApi.getAlert),
      poll: method(alertApi.followAlerts),
      acknowledge: method(alertApi.acknowledgeAlert),
      resolve: method(alertApi.resolveAlert),
      expect: method(alertApi.expectAlert),
      act: method(alertApi.actOnAlert),
    },
    serviceLevels: { get: method(levelApi.getServiceLevels) },
    sessions: { revoke: method(sessionApi.endSession) },
    hardwareTokens: {
      import: method(tokenApi.importHardwareTokens),
      ...listOf(tokenApi.listHardwareTokens),
    },
    webhookEndpoints: {
      create: method(webhookApi.createWebhookEndpoint),
      get: method(webhookApi.getWebhookEndpoint),
      update: method(webhookApi.changeWebhookEndpoint),
      remove: method(webhookApi.removeWebhookEndpoint),
      rotateSecret: method(webhookApi.rotateWebhookSecret),
      ...listOf(webhookApi.listWebhookEndpoints),
      test: method(webhookApi.testWebhookEndpoint),
      replay: method(webhookApi.replayWebhookEndpoint),
    },
    webhookDeliveries: {
      get: method(webhookApi.getWebhookDelivery),
      ...listOf(webhookApi.listWebhookDeliveries),
      replay: method(webhookApi.replayWebhookDelivery),
    },
    test: { outbox: method(testApi.listTestMessages), reset: method(testApi.resetTestTenant) },
    auditEvents: {
      ...listOf(logApi.listAuditEvents),
      poll: method(auditApi.followAuditEvents),
      checkpoint: method(logApi.getLogCheckpoint),
      inclusionProof: method(logApi.getInclusionProof),
      consistencyProof: method(logApi.getConsistencyProof),
    },
  }
}
