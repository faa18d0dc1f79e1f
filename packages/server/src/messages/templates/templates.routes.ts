import * as api from '@gatehouse/contract/message-operations'
import { type Site, serve } from '../../http/serve.ts'
import { listMessageCounts } from '../count-messages.ts'
import { changeTemplate, listTemplates, previewTemplate } from './change-template.ts'
import type { FindWords } from './find-words.ts'

export function serveTemplates(
  site: Site,
  tools: { readonly findWords: FindWords; readonly serviceName: string },
): void {
  serve(site, api.listMessageCounts, listMessageCounts)
  serve(site, api.listTemplates, listTemplates(tools))
  serve(site, api.changeTemplate, changeTemplate(tools))
  serve(site, api.previewTemplate, previewTemplate(tools))
}
