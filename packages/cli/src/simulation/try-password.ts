import { setTimeout } from 'node:timers/promises'
import type { Output } from '@gatehouse/contract/operation'
import type { login } from '@gatehouse/contract/sign-in-operations'
import { type GatehouseError, isGatehouseError } from '@gatehouse/sdk'
import { solveCaptcha } from '@gatehouse/sdk/captcha'
import type { Stage } from './stage.ts'

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

/** How long somebody waits who was told that the server is busy. */
const busyMs = 200

/** Tries a password once. What is asked for on the way is done: a captcha is solved. */
export async function tryPassword({ gatehouse }: Pick<Stage, 'gatehouse'>, attempt: Attempt): Promise<Tried> {
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
export async function tryPatiently(stage: Stage, attempt: Attempt): Promise<Tried> {
  for (;;) {
    const tried = await tryPassword(stage, attempt)
    if (!isRefusal(tried) || tried.code !== 'rate_limited') return tried
    await stage.pass((tried.retryAfterSeconds ?? 60) * 1000)
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
