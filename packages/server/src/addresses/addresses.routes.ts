import * as api from '@gatehouse/contract/account-operations'
import { type Site, serve } from '../http/serve.ts'
import type { AddressTools } from './address-code.ts'
import { changeMyEmail, changeMyPhone, confirmMyEmail, confirmMyPhone } from './change-my-address.ts'
import { confirmVerification, sendVerification } from './verify-address.ts'

export function serveAddresses(site: Site, tools: AddressTools): void {
  serve(site, api.sendEmailVerification, sendVerification(tools, 'email'))
  serve(site, api.confirmEmailVerification, confirmVerification(tools, 'email'))
  serve(site, api.sendPhoneVerification, sendVerification(tools, 'sms'))
  serve(site, api.confirmPhoneVerification, confirmVerification(tools, 'sms'))
  serve(site, api.changeMyEmail, changeMyEmail(tools))
  serve(site, api.confirmMyEmail, confirmMyEmail(tools))
  serve(site, api.changeMyPhone, changeMyPhone(tools))
  serve(site, api.confirmMyPhone, confirmMyPhone(tools))
}
