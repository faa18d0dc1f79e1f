import { Command, CommanderError } from 'commander'
import { alertsCommand } from './alerts.ts'
import { auditCommand } from './audit.ts'
import { clientsCommand } from './clients.ts'
import { explainCommand } from './explain.ts'
import { openApiCommand } from './openapi.ts'
import { policyCommand } from './policy.ts'
import { devCommand, serveCommand } from './serve.ts'
import { signCommand } from './sign.ts'
import { templatesCommand } from './templates.ts'
import { tokensCommand } from './tokens.ts'
import { totpCommand } from './totp.ts'
import { usersCommand } from './users.ts'
import { webhooksCommand } from './webhooks.ts'

const version = '0.1.0'

const program = new Command('gatehouse')
  .description('Sign-in and multi-factor server for your applications.')
  .version(version)
  .showHelpAfterError('Run with --help to see what there is.')
  .addHelpText(
    'after',
    `
Settings come from the environment: GATEHOUSE_PORT, GATEHOUSE_DATA_DIR and more (docs/configuration.md).
Exit codes: 0 done, 1 it failed, 2 the command was not understood.`,
  )
  .addCommand(devCommand())
  .addCommand(serveCommand())
  .addCommand(clientsCommand())
  .addCommand(usersCommand())
  .addCommand(policyCommand())
  .addCommand(templatesCommand())
  .addCommand(auditCommand())
  .addCommand(alertsCommand())
  .addCommand(tokensCommand())
  .addCommand(webhooksCommand())
  .addCommand(signCommand())
  .addCommand(totpCommand())
  .addCommand(explainCommand())
  .addCommand(openApiCommand())

/** Commander's own complaints are printed already; ours are one sentence without a stack. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  console.error(`gatehouse: ${error instanceof Error ? error.message : String(error)}`)
  return 1
}

function exitOnFault(command: Command): void {
  command.exitOverride()
  for (const each of command.commands) exitOnFault(each)
}

exitOnFault(program)
try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}
