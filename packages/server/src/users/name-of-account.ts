import type { User } from '@gatehouse/contract/resources'

/** What its owner knows an account by, in an authenticator app or on a device: the e-mail address, where there is one. */
export function nameOfAccount({ id, email, name, external_id }: Pick<User, 'id' | 'email' | 'name' | 'external_id'>) {
  return email ?? name ?? external_id ?? id
}
