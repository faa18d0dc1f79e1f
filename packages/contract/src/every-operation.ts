import { meOperations } from './me-operations.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations.ts'

/** Every operation that is served: those of client applications, and those of people on their own account. */
export const everyOperation: readonly Operation[] = [...operations, ...meOperations]
