import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { nameOfPlace } from '../kernel/place.ts'
import { findRegion } from './country-map.ts'
import { openPlaces } from './place-finder.ts'
import { readPlace } from './read-place.ts'
import { makeMmdb } from './test-mmdb.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-places-'))
after(() => rmSync(folder, { recursive: true }))

test('the country of an address is known without asking anybody, however the address is written', () => {
  const find = openPlaces(undefined)
  assert.equal(nameOfPlace(find('193.0.6.139')), 'NL')
  assert.equal(nameOfPlace(find('::ffff:193.0.6.139')), 'NL')
  assert.equal(nameOfPlace(find('2001:67C:2E8:22::C100:68B')), 'NL')
  assert.equal(nameOfPlace(find('133.11.0.1')), 'JP')
})

test('an address that is nobody’s in particular has no place: unknown stays unknown', () => {
  const find = openPlaces(undefined)
  const unknown = [
    '127.0.0.1',
    '10.1.2.3',
    '192.168.1.1',
    '203.0.113.9',
    '198.51.100.1',
    '::1',
    'fd00::1',
    '2001:db8::7',
  ]
  for (const address of [...unknown, 'no address', '']) assert.equal(find(address), undefined, address)
  assert.equal(find(null), undefined)
  assert.equal(nameOfPlace(undefined), null)
})

test('an operator’s file takes the place of the countries, and knows cities', () => {
  const file = join(folder, 'city.mmdb')
  const location = { latitude: 52.52, longitude: 13.4, accuracy_radius: 20 }
  writeFileSync(file, makeMmdb({ country: { iso_code: 'DE' }, city: { names: { en: 'Berlin' } }, location }))
  const find = openPlaces(file)
  const place = find('5.9.1.1')
  assert.equal(nameOfPlace(place), 'DE, Berlin')
  assert.deepEqual(place?.spot, { latitude: 52.52, longitude: 13.4, reachKm: 20 })
  assert.equal(find('193.0.6.139'), undefined, 'what the file does not know is not looked up elsewhere')
})

test('a file that is no database is told of at the start', () => {
  const file = join(folder, 'no.mmdb')
  writeFileSync(file, 'no database')
  assert.throws(() => openPlaces(file), /no\.mmdb cannot be read/)
  assert.throws(() => openPlaces(join(folder, 'absent.mmdb')), /absent\.mmdb cannot be read/)
})

test('entries of other makers are understood, and nonsense is not a place', () => {
  assert.deepEqual(readPlace({ country_code: 'FR' }), { country: 'FR', city: null, spot: null })
  const flat = { country_code: 'FR', city: 'Lyon', latitude: '45.7', longitude: '4.8' }
  assert.deepEqual(readPlace(flat)?.spot, { latitude: 45.7, longitude: 4.8, reachKm: 100 })
  assert.equal(readPlace({ country: 'AT', city: '' })?.city, null)
  for (const entry of [null, {}, { country_code: 'Atlantis' }, { country: { iso_code: 'x' } }, 7]) {
    assert.equal(readPlace(entry), undefined, JSON.stringify(entry))
  }
})

test('every country has its middle and its reach', () => {
  assert.deepEqual(findRegion('AD'), { latitude: 42.5, longitude: 1.5, reachKm: 50 })
  assert.deepEqual(findRegion('ZW'), { latitude: -19, longitude: 29.9, reachKm: 500 })
  assert.equal(findRegion('XX'), undefined)
  assert.equal(findRegion('.*'), undefined)
})
