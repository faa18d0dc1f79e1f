// Writes what is made from code and committed: the OpenAPI document and the configuration reference.
import { writeFileSync } from 'node:fs'
import { references } from '../test/references.ts'

for (const { path, content } of references()) {
  writeFileSync(new URL(`../${path}`, import.meta.url), content)
  console.log(`wrote ${path}`)
}
