import { diagnoses } from '@gatehouse/contract/diagnoses'
import { openApiDocument } from '@gatehouse/contract/openapi'
import { policy, policyChoices } from '@gatehouse/contract/policy'
import { problems } from '@gatehouse/contract/problems'
import { settings } from '@gatehouse/server/settings'

/** A committed file that is made from code. */
export interface Reference {
  readonly path: string
  readonly content: string
}

/** Every such file, as the code would have it now. */
export function references(): readonly Reference[] {
  return [
    {
      path: 'packages/contract/openapi.json',
      content: `${JSON.stringify(openApiDocument('http://localhost:4100'), null, 2)}\n`,
    },
    { path: 'docs/configuration.md', content: configuration() },
    { path: 'docs/errors.md', content: errors() },
  ]
}

const made = '<!-- Made from the code: node --conditions=source scripts/write-references.mjs -->'

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function configuration(): string {
  const rows = Object.entries(settings).map(([name, schema]) => {
    const fallback = schema.safeParse(undefined)
    const value = fallback.data === undefined ? '' : fallback.data === true ? 'on' : String(fallback.data)
    return [`\`${name}\``, value === '' ? '' : `\`${value}\``, schema.description ?? '']
  })
  const limits = Object.entries(policy).map(([name, limit]) => [
    `\`${name}\``,
    limit.default,
    limit.min === limit.max ? 'fixed' : `${limit.min} to ${limit.max}`,
    limit.sentence,
  ])
  const choices = Object.entries(policyChoices).map(([name, choice]) => [
    `\`${name}\``,
    `\`${choice.default}\``,
    choice.values.map((value) => `\`${value}\``).join(', '),
    choice.sentence,
  ])
  return `# Configuration

${made}

Settings come from the environment. Each can also be given as \`NAME_FILE\`, the path of a file that holds the value. A name that
begins with \`GATEHOUSE_\` and is not in this table stops the server at its start, and so does a value out of its form; all
mistakes are listed at once.

${table(['setting', 'default', 'what it is for'], rows)}

## Limits

The numbers that the server goes by, and how far each may be changed once tenants can set them. Today all are at their default.

${table(['limit', 'default', 'bounds', 'what it is for'], limits)}

${table(['choice', 'default', 'words', 'what it is for'], choices)}
`
}

function errors(): string {
  const rows = Object.entries(problems).map(([code, { status, title, fix }]) => [`\`${code}\``, status, title, fix])
  const looks = Object.entries(diagnoses).map(([word, { title, fix }]) => [`\`${word}\``, title, fix])
  return `# Errors

${made}

Every refusal is a problem document (RFC 9457) with a stable \`code\`. \`gatehouse explain <code>\` prints a row of this table, and
\`type\` in the answer leads to it.

${table(['code', 'status', 'what happened', 'what to do'], rows)}

## What a wrong code looks like

A wrong code is answered with \`mfa_code_invalid\`, whatever is wrong with it: more would help to guess. The record knows more: \`data\` of
\`factor.rejected\` has the word below as \`looks_like\`, and the facts that are named here beside it. Whoever enrols a factor gets it as \`hint\`.

${table(['looks_like', 'what it is', 'what to do'], looks)}
`
}
