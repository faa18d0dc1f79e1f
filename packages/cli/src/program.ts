import { problems } from '@gatehouse/contract/problems'
import { Fault } from '@gatehouse/server/kernel/fault'
import { version } from '@gatehouse/server/kernel/version'
import { Command, CommanderError } from 'commander'
import { alertsCommand } from './alerts.ts'
import { apiCommand } from './api.ts'
import { auditCommand } from './audit.ts'
import { backupCommand, restoreCommand } from './backup.ts'
import { clientsCommand } from './clients.ts'
import { completionCommand } from './completion.ts'
import { configCommand } from './config-command.ts'
import { doctorCommand } from './doctor/doctor.ts'
import { explainCommand } from './explain.ts'
import { factorsCommand } from './factors.ts'
import { keysCommand } from './keys.ts'
import { openApiCommand } from './openapi.ts'
import { policyCommand } from './policy.ts'
import { devCommand, serveCommand } from './serve.ts'
import { sessionsCommand } from './sessions.ts'
import { signCommand } from './sign.ts'
import { simulateAttacksCommand } from './simulation/simulate-command.ts'
import { sloCommand } from './slo.ts'
import { templatesCommand } from './templates.ts'
import { tokensCommand } from './tokens.ts'
import { totpCommand } from './totp.ts'
import { migrateCommand, upgradeCommand } from './upgrade.ts'
import { usersCommand } from './users.ts'
import { webhooksCommand } from './webhooks.ts'

/** The command with all that it can do; nothing has run yet. */
export function gatehouseProgram(): Command {
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
    .addCommand(doctorCommand())
    .addCommand(configCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
    .addCommand(keysCommand())
    .addCommand(upgradeCommand())
    .addCommand(migrateCommand())
    .addCommand(clientsCommand())
    .addCommand(usersCommand())
    .addCommand(factorsCommand())
    .addCommand(sessionsCommand())
    .addCommand(policyCommand())
    .addCommand(templatesCommand())
    .addCommand(auditCommand())
    .addCommand(alertsCommand())
    .addCommand(sloCommand())
    .addCommand(tokensCommand())
    .addCommand(webhooksCommand())
    .addCommand(apiCommand())
    .addCommand(signCommand())
    .addCommand(totpCommand())
    .addCommand(simulateAttacksCommand())
    .addCommand(explainCommand())
    .addCommand(openApiCommand())
  program.addCommand(completionCommand(program))
  exitOnFault(program)
  return program
}

function exitOnFault(command: Command): void {
  command.exitOverride()
  for (const each of command.commands) exitOnFault(each)
}

/**
 * Says what went wrong, and answers the exit code: 2 where the command was not understood, else 1. Commander's own complaints
 * are printed already; ours are one sentence without a stack.
 */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  console.error(`gatehouse: ${describe(error)}`)
  return 1
}

function describe(error: unknown): string {
  if (!(error instanceof Fault)) return error instanceof Error ? error.message : String(error)
  const { title, fix } = problems[error.code]
  return `${error.options.detail ?? title} (${error.code}). ${error.options.hint ?? fix}`
}
