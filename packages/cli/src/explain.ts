import { diagnoses } from '@gatehouse/contract/diagnoses'
import { problems } from '@gatehouse/contract/problems'
import { Command } from 'commander'

/** `gatehouse explain <word>`: what a problem or a diagnosis means and what to do, without a network. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('explain a problem code of the API, or what a wrong code looks like')
    .argument('<word>', 'such as signature_invalid or clock_drift')
    .option('--json', 'print one JSON object')
    .action((word: string, flags: { readonly json?: boolean }) => {
      const problem = Object.entries(problems).find(([code]) => code === word)?.[1]
      const diagnosis = Object.entries(diagnoses).find(([known]) => known === word)?.[1]
      const found = problem ?? diagnosis
      if (found && flags.json) console.log(JSON.stringify({ code: word, ...found }))
      else if (problem) console.log(`${problem.title} (${problem.status})\n${problem.fix}`)
      else if (diagnosis) console.log(`${diagnosis.title}\n${diagnosis.fix}`)
      else throw new Error(`there is no problem ${word}. There are: ${all.join(', ')}`)
    })
}

const all = [...Object.keys(problems), ...Object.keys(diagnoses)]
