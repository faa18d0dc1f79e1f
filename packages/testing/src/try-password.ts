import { setTimeout } from 'node:timers/promises'
import type { Output } from '@gatehouse/contract/operation'
import type { login } from '@gatehouse/contract/sign-in-operations'
import { type Gatehouse, type GatehouseError, isGatehouseError } from '@gatehouse/sdk'
import { solveCaptcha } from '@gatehouse/sdk/captcha'

/** Where somebody comes from, as the application tells the server. */
export interface From {
  readonly ip: string
  readonly user_agent: string
  readonly device_token?: string | undefined
}

export interface Attempt {
  readonly email: string
  readonly password: string
  readonly from: From
}

/** What a sign-in was answered with; a refusal is an answer, too. */
export type Tried = Output<typeof login> | GatehouseError

/** Where passwords are tried: an application, and the time that goes by there. */
export interface Door {
  readonly gatehouse: Pick<Gatehouse, 'auth'>
  /** Lets time go by: a clock is moved, or waited for. */
  pass(ms: number): Promise<void>
}

/** How long somebody waits who was told that the server is busy. */
const busyMs = 200

/** Tries a password once. What is asked for on the way is done: a captcha is solved. */
export async function tryPassword({ gatehouse }: Pick<Door, 'gatehouse'>, attempt: Attempt): Promise<Tried> {
  const { email, password, from } = attempt
  const call = async (captcha_token?: string): Promise<Tried> => {
    const given = { email, password, end_user: from, ...(captcha_token !== undefined && { captcha_token }) }
    for (;;) {
      const tried = await gatehouse.auth.login(given).catch(refusalOf)
      // A server that is busy has not looked at it.
      if (!isRefusal(tried) || tried.status !== 503) return tried
      await setTimeout(busyMs)
    }
  }
  const first = await call()
  if (!isRefusal(first) || first.code !== 'captcha_required' || first.captcha?.provider !== 'pow') return first
  return call(await solveCaptcha(first.captcha))
}

/** The same of somebody in no hurry: when it is too often, they wait and go on. */
export async function tryPatiently(door: Door, attempt: Attempt): Promise<Tried> {
  for (;;) {
    const tried = await tryPassword(door, attempt)
    if (!isRefusal(tried) || tried.code !== 'rate_limited') return tried
    await door.pass((tried.retryAfterSeconds ?? 60) * 1000)
  }
}

export function isRefusal(answer: object): answer is GatehouseError {
  return isGatehouseError(answer)
}

/** @throws what is no answer of the server */
export function refusalOf(error: unknown): GatehouseError {
  if (isGatehouseError(error) && error.status !== undefined) return error
  throw error
}
