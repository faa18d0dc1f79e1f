import { importQuickTests } from './list-tests.mjs'

await importQuickTests({ part: 2, of: 2 })
