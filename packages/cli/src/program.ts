import { version } from '@gatehouse/server/kernel/version'
import { Command } from 'commander'
import { adminsCommand } from './admins.ts'
import { alertsCommand } from './alerts.ts'
import { apiCommand } from './api.ts'
import { auditCommand } from './audit.ts'
import { backupCommand, restoreCommand } from './backup.ts'
import { benchCommand } from './bench.ts'
import { clientsCommand } from './clients.ts'
import { completionCommand } from './completion.ts'
import { configCommand } from './config-command.ts'
import { doctorCommand } from './doctor/doctor.ts'
import { explainCommand } from './explain.ts'
import { factorsCommand } from './factors.ts'
import { keysCommand } from './keys.ts'
import { openApiCommand } from './openapi.ts'
import { policyCommand } from './policy.ts'
import { exitOnFault } from './report-error.ts'
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
    .addCommand(adminsCommand())
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
    .addCommand(benchCommand())
    .addCommand(totpCommand())
    .addCommand(simulateAttacksCommand())
    .addCommand(explainCommand())
    .addCommand(openApiCommand())
  program.addCommand(completionCommand(program))
  exitOnFault(program)
  return program
}
