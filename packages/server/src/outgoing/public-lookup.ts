import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { publicAddresses } from './public-address.ts'

/** Every address of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

/** How names that strangers have given are looked up, where nobody inside may be reached. */
export function publicLookup(resolve: Resolve): LookupFunction {
  return judgedLookup(resolve, publicAddresses())
}

/**
 * Whoever connects gets the very addresses that were judged, and none at all if one of them is not to be reached. So a name that
 * points elsewhere a moment later is of no use.
 */
export function judgedLookup(resolve: Resolve, mayReach: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const [first] = found
        if (!first || !found.every(({ address }) => mayReach(address))) {
          callback(Object.assign(new Error('The name leads inside, or nowhere.'), { code: 'ENOTPUBLIC' }), '')
        } else if (options.all) callback(null, [...found])
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    )
  }
}
