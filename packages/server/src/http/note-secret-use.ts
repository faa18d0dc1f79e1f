import type { Call, House } from './call.ts'

/** Once an hour for each secret it costs a commit, else a look into memory. */
export function noteSecretUse({ client, secretId, moment }: Call, { secretUses }: House): void | Promise<void> {
  const secret = client?.secrets.find(({ id }) => id === secretId)
  if (secret) return secretUses.note(secret, moment.now)
}
