import { fileURLToPath } from 'node:url'

// In this checkout the SDK lies beside the examples. A project of your own has it in its node_modules and needs no settings.
const root = fileURLToPath(new URL('../..', import.meta.url))

export default { outputFileTracingRoot: root, turbopack: { root } }
