import type { Context } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { SessionId } from '../kernel/ids.ts'
import type { Flow, Step } from './flow.ts'

/** What somebody has sent from a page, and who they are as far as the browser tells. */
export interface Turn {
  readonly ctx: Context
  readonly flow: Flow
  readonly form: ReadonlyMap<string, string>
  readonly endUser: { readonly ip?: string; readonly user_agent?: string; readonly device_token?: string }
}

/** Where it leads: to another page, or back to the application. */
export type Next =
  | { readonly step: Step }
  | { readonly done: { readonly sessionId: SessionId; readonly deviceToken: string | undefined } }

/** What a form of a page asks for, by its name. */
export type Moves = Readonly<Record<string, (turn: Turn) => Next | Promise<Next>>>

/** One kind of step. */
export type At<Name extends Step['at']> = Extract<Step, { at: Name }>

/** What was given as proof on a page. */
export interface Given {
  readonly code?: string
  readonly response?: Record<string, unknown>
}

/** The step that a move is for. Who sends a form of another page has an old one. */
export function at<Name extends Step['at']>({ flow }: Turn, ...names: readonly Name[]): At<Name> {
  if (!(names as readonly string[]).includes(flow.step.at)) throw new Fault('invalid_request', { recorded: true })
  return flow.step as At<Name>
}
