import { gatehouseProgram, reportError } from './program.ts'

try {
  await gatehouseProgram().parseAsync()
} catch (error) {
  process.exitCode = reportError(error)
}
