import type { Operation } from '@gatehouse/contract/operation'
import type { ProblemCode } from '@gatehouse/contract/problems'
import type { TenantId } from './ids.ts'

/** A request that has been answered. Of who asked, nothing but the tenant, once a client or a person was known. */
export interface AnsweredRequest {
  readonly method: string
  /** Undefined for pages, and for what is nowhere. */
  readonly operation: Operation | undefined
  readonly tenantId: TenantId | undefined
  readonly status: number
  readonly problem: ProblemCode | undefined
  readonly tookMs: number
}
