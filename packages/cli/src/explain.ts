import { problems } from '@gatehouse/contract/problems'
import { Command } from 'commander'

/** `gatehouse explain <code>`: what a problem means and what to do, without a network. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('explain a problem code of the API')
    .argument('<code>', 'such as signature_invalid')
    .action((code: string) => {
      const problem = Object.entries(problems).find(([known]) => known === code)?.[1]
      if (!problem) throw new Error(`there is no problem ${code}. There are: ${Object.keys(problems).join(', ')}`)
      console.log(`${problem.title} (${problem.status})\n${problem.fix}`)
    })
}
