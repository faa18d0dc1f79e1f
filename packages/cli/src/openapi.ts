import { openApiDocument } from '@gatehouse/contract/openapi'
import { Command } from 'commander'
import { insomniaExport } from './collections/insomnia.ts'
import { postmanCollection } from './collections/postman.ts'

/** `gatehouse openapi`: the API, for other programs to read. */
export function openApiCommand(): Command {
  return new Command('openapi')
    .description('print the OpenAPI document, or a collection made from it whose requests sign themselves')
    .option('--postman', 'as a collection for Postman')
    .option('--insomnia', 'as an export for Insomnia')
    .option('--json', 'print one JSON object, as it always does')
    .action((flags: { readonly postman?: boolean; readonly insomnia?: boolean }) => {
      if (flags.postman && flags.insomnia) throw new Error('say --postman or --insomnia, not both')
      const document = flags.postman
        ? postmanCollection()
        : flags.insomnia
          ? insomniaExport()
          : openApiDocument('http://localhost:4100')
      console.log(JSON.stringify(document, null, 2))
    })
}
