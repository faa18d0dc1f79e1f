import type { CaptchaTask } from '@gatehouse/contract/resources'

/** The proof of work, as `captcha` of the problem `captcha_required` describes it. */
export type ProofOfWork = Extract<CaptchaTask, { provider: 'pow' }>

/** So many tries are under way at once: enough for the threads of a browser. */
const atOnce = 16

/**
 * Solves the built-in proof of work; the result is the `captcha_token` of the next sign-in. Takes about a second, on all
 * threads that WebCrypto has. Runs in browsers (secure contexts) and in Node.
 *
 * ```ts
 * const captcha_token = await solveCaptcha(error.captcha)
 * ```
 *
 * @throws the reason of `signal` when it is aborted
 */
export async function solveCaptcha(
  { challenge, bits, iterations }: Pick<ProofOfWork, 'challenge' | 'bits' | 'iterations'>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const salt = new TextEncoder().encode(challenge)
  const largest = 2 ** (32 - bits)
  for (let first = 0; ; first += atOnce) {
    signal?.throwIfAborted()
    const counters = Array.from({ length: atOnce }, (_, index) => first + index)
    const heads = await Promise.all(counters.map((counter) => deriveHead(String(counter), salt, iterations)))
    const found = heads.findIndex((head) => head < largest)
    if (found !== -1) return `${challenge}.${first + found}`
  }
}

/** The first 32 bits of PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2). */
async function deriveHead(counter: string, salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<number> {
  const password = new TextEncoder().encode(counter)
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
  const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256)
  return new DataView(bits).getUint32(0)
}
