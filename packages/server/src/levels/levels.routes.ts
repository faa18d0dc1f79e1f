import * as api from '@gatehouse/contract/level-operations'
import { noteKeyShown } from '../factors/note-key-shown.ts'
import { type Site, serve } from '../http/serve.ts'
import { ownedBySelf } from '../me/owned-by-self.ts'
import { getServiceLevels } from './get-service-levels.ts'

export function serveLevels(site: Site): void {
  serve(site, api.getServiceLevels, getServiceLevels)
  serve(site, api.noteKeyShown, noteKeyShown)
  serve(site, api.noteMyKeyShown, ownedBySelf(noteKeyShown))
}
