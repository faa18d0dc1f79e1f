import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publicAddresses } from './public-address.ts'

const isPublic = publicAddresses()

test('addresses inside are told from those of the Internet, in every spelling', () => {
  const inside = [
    ...['127.0.0.1', '127.255.255.255', '0.0.0.0', '10.1.2.3', '100.64.0.1', '100.127.255.255', '169.254.169.254'],
    ...['172.16.0.1', '172.31.255.255', '192.168.1.1', '192.0.0.192', '198.18.0.1', '198.19.255.255', '224.0.0.1'],
    ...['240.0.0.1', '255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1'],
    ...['fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '64:ff9b::a00:1', '64:ff9b:1::1'],
    ...['2001:db8::1', '2001::1', '2002:7f00:1::', '3fff::1', '::127.0.0.1', '100::1', 'fec0::1', '5f00::1'],
    ...['', 'localhost', '127.1', '2130706433', '0x7f000001', '1.1.1.1.', '[::1]'],
  ]
  for (const address of inside) assert.equal(isPublic(address), false, address)
  const outside = ['1.1.1.1', '8.8.8.8', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1', '198.20.0.1']
  const outsideV6 = ['2606:4700::1111', '2a00:1450:4001::200e', '::ffff:8.8.8.8', '2001:4860::8888', '2003::1']
  for (const address of [...outside, ...outsideV6]) assert.equal(isPublic(address), true, address)
})
