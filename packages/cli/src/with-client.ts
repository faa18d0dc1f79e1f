import { findClientOf } from '@gatehouse/server/clients/get-client'
import type { Context } from '@gatehouse/server/context'
import type { OpenParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { withData } from './with-data.ts'

/** A client application that an operator looks at or changes. */
export interface FoundClient {
  readonly ctx: Context
  readonly id: `cli_${string}`
  readonly tools: Pick<OpenParts, 'keys' | 'policy'> & { readonly forget: () => void }
}

/** Opens the data and finds the client in it, of whichever tenant. A running server learns of changes within a second. */
export function withClient(slug: string, act: (client: FoundClient) => Promise<void>): Promise<void> {
  return withData(async (parts) => {
    const found = await findClientOf(operatorContext(parts), slug)
    if (!found) throw new Error(`there is no client ${slug}; gatehouse clients list names them`)
    await act({ ...found, tools: { keys: parts.keys, policy: parts.policy, forget: () => undefined } })
  })
}
