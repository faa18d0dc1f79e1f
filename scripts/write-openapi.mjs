// Writes packages/contract/openapi.json anew: node --conditions=source scripts/write-openapi.mjs
import { writeFileSync } from 'node:fs'
import { openApiDocument } from '@gatehouse/contract/openapi'

const file = new URL('../packages/contract/openapi.json', import.meta.url)
writeFileSync(file, `${JSON.stringify(openApiDocument('http://localhost:4100'), null, 2)}\n`)
