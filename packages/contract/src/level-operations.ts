import { z } from 'zod'
import { idOf, Nonce, Time } from './fields.ts'
import { enrollmentSteps, levelNames } from './levels.ts'
import { operation } from './operation.ts'

const count = z.number().int()

export const ServiceLevel = z
  .object({
    name: z.enum(levelNames),
    sentence: z.string(),
    objective: z.number().meta({ description: 'How many of a hundred are to be good' }),
    within_ms: z.number().nullable().meta({ description: 'For times: what is good took no longer' }),
    good: count,
    bad: count,
    value: z.number().nullable().meta({ description: 'Good, of a hundred; null when there was nothing to count' }),
    met: z.boolean().nullable(),
    budget_left: z.number().nullable().meta({
      description:
        'What may still go wrong, as a part of all that may: 1 is all, 0 is none, below 0 too much went wrong',
    }),
    burning: z.enum(['fast', 'slow']).nullable().meta({ description: 'What may go wrong is used up too fast now' }),
    p50_ms: z.number().nullable().meta({ description: 'For times: half took no longer than this' }),
    p95_ms: z.number().nullable(),
    p99_ms: z.number().nullable(),
    counted: z
      .record(z.string(), count)
      .meta({ description: 'By outcome, or by how long it took; also what does not count' }),
  })
  .meta({ id: 'ServiceLevel' })
export type ServiceLevel = z.output<typeof ServiceLevel>

const Steps = z.object(
  Object.fromEntries(enrollmentSteps.map((step) => [step, count])) as Record<
    (typeof enrollmentSteps)[number],
    typeof count
  >,
)

export const getServiceLevels = operation({
  id: 'getServiceLevels',
  summary: 'Read how well the service does what it promises, in numbers',
  method: 'GET',
  path: '/v1/service-levels',
  caller: 'client',
  scope: 'alerts:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({
    since: Time.optional().meta({
      description:
        'Thirty days ago unless given. Taken to the full day (UTC); of the last two weeks to the hour, of the last two days to five minutes',
    }),
    until: Time.optional(),
  }),
  output: z.object({
    since: Time,
    until: Time,
    levels: z.array(ServiceLevel),
    enrollment_funnel: z
      .array(z.object({ type: z.string(), ...Steps.shape }))
      .meta({ description: 'How far enrolments came, by type of factor' }),
    failing_transports: z
      .array(z.string())
      .meta({ description: 'Push transports that deliver too little: their devices are offered last' }),
  }),
  problems: [],
})

export const noteKeyShown = operation({
  id: 'noteKeyShown',
  summary: 'Say that somebody who enrols an app was shown the key to type, for the figures. Once is enough',
  method: 'POST',
  path: '/v1/factors/{id}/key-shown',
  caller: 'client',
  scope: 'factors:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, id: idOf('fac') }),
  output: z.strictObject({}),
  problems: ['not_found', 'factor_already_active'],
})

export const noteMyKeyShown = operation({
  ...noteKeyShown,
  id: 'noteMyKeyShown',
  summary: 'Say that the own key to type was shown, for the figures',
  path: '/v1/me/factors/{id}/key-shown',
  opensToRecovery: true,
  caller: 'user',
  scope: 'own',
  input: z.strictObject({ id: idOf('fac') }),
})

export const levelOperations = [getServiceLevels, noteKeyShown, noteMyKeyShown] as const
