export function isCompiled(cache: string, root: string, node: string): boolean
export function noteCompiled(cache: string, node: string): void
