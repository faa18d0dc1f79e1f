import { createGatehouse } from '@gatehouse/sdk/next'

export const gatehouse = createGatehouse()
