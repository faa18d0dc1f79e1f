import type { User } from '@gatehouse/contract/resources'
import type { Desk, DeskFlags } from './desk.ts'

/** The user with this address, in any spelling, or this id. */
export async function findUser(
  { users }: Pick<Desk, 'users'>,
  { tenant, url }: DeskFlags,
  name: string,
): Promise<Pick<User, 'id'>> {
  // Whether there is one with this id, what is done with it says.
  if (/^usr_[0-9a-hjkmnp-tv-z]{26}$/.test(name)) return { id: name as `usr_${string}` }
  const [user] = (await users.listPage({ email: name, limit: 1 })).data
  if (!user) throw new Error(`there is no user with this address ${url === undefined ? `in ${tenant}` : 'there'}`)
  return user
}
