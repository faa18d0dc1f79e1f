import { z } from 'zod'
import { EventSearch } from './event-search.ts'
import { Page, pageOf } from './fields.ts'
import { operation } from './operation.ts'
import { AuditEvent, ConsistencyProof, InclusionProof, LogCheckpoint } from './resources.ts'

const nothing = z.strictObject({})
const logPosition = z.coerce.number<number>().int().min(0).max(Number.MAX_SAFE_INTEGER)
const logSize = z.coerce.number<number>().int().min(1).max(Number.MAX_SAFE_INTEGER)

export const listAuditEvents = operation({
  id: 'listAuditEvents',
  summary: 'Read the record, newest first',
  method: 'GET',
  path: '/v1/audit-events',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({
    ...Page,
    ...EventSearch,
  }),
  output: pageOf(AuditEvent),
  problems: [],
})

export const getLogCheckpoint = operation({
  id: 'getLogCheckpoint',
  summary: 'Read the signed checkpoint of the whole log (C2SP tlog-checkpoint)',
  method: 'GET',
  path: '/v1/audit-events/checkpoint',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: nothing,
  output: LogCheckpoint,
  problems: ['not_sealed'],
})

export const getInclusionProof = operation({
  id: 'getInclusionProof',
  summary: 'Prove that an event is in the log, by its newest checkpoint (RFC 6962)',
  method: 'GET',
  path: '/v1/audit-events/inclusion-proof',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({ position: logPosition.meta({ description: 'That of the event' }) }),
  output: InclusionProof,
  problems: ['not_sealed'],
})

export const getConsistencyProof = operation({
  id: 'getConsistencyProof',
  summary: 'Prove that the log of one size begins the log of another (RFC 6962)',
  method: 'GET',
  path: '/v1/audit-events/consistency-proof',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({
    from: logSize,
    to: logSize.optional().meta({ description: 'Without it, the size of the newest checkpoint' }),
  }),
  output: ConsistencyProof,
  problems: ['not_sealed'],
})

export const logOperations = [listAuditEvents, getLogCheckpoint, getInclusionProof, getConsistencyProof] as const
