// Next.js reads a module when it is first needed. This one reads the SDK at the start: what is missing is said then.
export async function register() {
  await import('./gatehouse.js')
}
