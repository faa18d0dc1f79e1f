import { importQuickTests } from './list-tests.mjs'

await importQuickTests({ part: 1, of: 2 })
