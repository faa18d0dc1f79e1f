import { gatehouse } from '../../gatehouse.js'

/** What is approved: all that matters of it, so that the approval is good for nothing else. */
const transferOf = async (request) => {
  const { amount, to } = await request.json()
  return { type: 'transfer', amount, to }
}

export const POST = gatehouse.requireApproval(transferOf, (_request, auth) => Response.json(auth.approval.action))
