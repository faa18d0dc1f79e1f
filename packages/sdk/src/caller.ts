import type { Input, Operation, Output } from '@gatehouse/contract/operation'
import type { Connection } from './connection.ts'
import { isGatehouseError } from './gatehouse-error.ts'
import { callSigner } from './sign-call.ts'
import type { CallOptions, Transport } from './transport.ts'

/** Calls an operation of the contract; its input is one object, wherever the parts of it travel. Throws GatehouseError. */
export type Call = <O extends Operation>(operation: O, input: Input<O>, options?: CallOptions) => Promise<Output<O>>

/** Signs and sends. It remembers how far the clock of the server is from ours, once the server has said so. */
export function callerOf(connection: Connection, transport: Transport): Call {
  const sign = callSigner(connection)
  let clockOffsetMs = 0
  const credentials = {
    headersOf: (call: Omit<Parameters<typeof sign>[0], 'timestamp'>) =>
      sign({ ...call, timestamp: Math.floor((connection.now().getTime() + clockOffsetMs) / 1000) }),
  }

  return async <O extends Operation>(operation: O, input: Input<O>, options?: CallOptions): Promise<Output<O>> => {
    const parts = input as Readonly<Record<string, unknown>>
    try {
      return (await transport(operation, parts, credentials, options)) as Output<O>
    } catch (error) {
      if (!isGatehouseError(error, 'signature_timestamp_out_of_range') || error.serverTime === undefined) throw error
      clockOffsetMs = error.serverTime.getTime() - connection.now().getTime()
      return (await transport(operation, parts, credentials, options)) as Output<O>
    }
  }
}
