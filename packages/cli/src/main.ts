import { reportError } from './report-error.ts'

try {
  const program = await openProgram(process.argv[2])
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportError(error)
}

/** A server keeps in memory what it has loaded, so it gets its own two commands without the thirty others. */
async function openProgram(name: string | undefined) {
  if (name === 'serve' || name === 'dev') return (await import('./server-program.ts')).serverProgram()
  return (await import('./program.ts')).gatehouseProgram()
}
