import * as api from '@gatehouse/contract/policy-operations'
import { simulatePolicy as simulation } from '@gatehouse/contract/simulation-operations'
import { type Site, serve } from '../http/serve.ts'
import { changePolicy, getPolicy } from './change-policy.ts'
import { simulatePolicy } from './simulate-policy.ts'
import type { Rules } from './tenant-rules.ts'

export function servePolicies(site: Site, tools: { readonly rules: Rules }): void {
  serve(site, api.getPolicy, getPolicy)
  serve(site, api.changePolicy, changePolicy(tools))
  serve(site, simulation, simulatePolicy)
}
