import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Reader, type Response } from 'mmdb-lib'
import { canonicalAddress } from '../kernel/address.ts'
import type { FindPlace } from '../kernel/place.ts'
import { startError } from '../storage/start-error.ts'
import { nowhere } from './nowhere.ts'
import { readPlace } from './read-place.ts'

/**
 * Finds places without asking anybody. The file that an operator names is read at once, so that a mistake is told at the
 * start; the countries that come with the server are read when the first address asks for them.
 * @throws StartError when the operator's file cannot be read or is no MMDB
 */
export function openPlaces(file: string | undefined): FindPlace {
  let reader = file === undefined ? undefined : readMmdb(file)
  const isNowhere = nowhere()
  return (ipAddress) => {
    const address = ipAddress === null ? undefined : canonicalAddress(ipAddress)
    if (address === undefined || isNowhere(address)) return undefined
    reader ??= readMmdb(countryFile())
    return readPlace(reader.get(address))
  }
}

function readMmdb(file: string): Reader<Response> {
  try {
    return new Reader<Response>(readFileSync(file))
  } catch (error) {
    throw startError(`The database of places ${file} cannot be read: it must be a file in MMDB form.`, error)
  }
}

function countryFile(): string {
  const name = '@ip-location-db/geo-whois-asn-country-mmdb'
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'geo-whois-asn-country.mmdb')
}
