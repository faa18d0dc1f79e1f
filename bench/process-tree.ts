import { readdirSync, readFileSync } from 'node:fs'

/** The process and all that it has started, by their ids. */
function listTree(root: number): number[] {
  const parents = new Map(readdirSync('/proc').flatMap(readParent))
  const belongs = (pid: number | undefined): boolean => pid === root || (!!pid && belongs(parents.get(pid)))
  return [...parents.keys()].filter(belongs)
}

/** The process that started this one. */
export function findParent(pid: number): number | undefined {
  return readParent(String(pid))[0]?.[1]
}

/** The name of the program that a process runs. */
export function readName(pid: number): string {
  return read(`/proc/${pid}/comm`).trim()
}

/** Processor time that a tree has taken, in milliseconds, all threads of all its processes. */
export function readCpuMs(root: number): number {
  // Of every thread: /proc/<pid>/stat counts in steps of 10 ms, which is a whole batch of a fast server.
  return (
    listTree(root)
      .flatMap(readThreads)
      .reduce((sum, ns) => sum + ns, 0) / 1e6
  )
}

/** Memory that a tree holds (resident set), in MiB. What its processes share is counted for each of them. */
export function readRssMib(root: number): number {
  const sizes = listTree(root).map((pid) => /^VmRSS:\s*(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1])
  return sizes.reduce((sum, kib) => sum + Number(kib ?? 0), 0) / 1024
}

/** How many files, sockets and the like a tree holds open. */
export function countHandles(root: number): number {
  return listTree(root).reduce((sum, pid) => sum + listOpen(pid).length, 0)
}

function listOpen(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`)
  } catch {
    return []
  }
}

/** Field 4 of proc_pid_stat(5), counted from behind the name, which may hold blanks and brackets. */
function readParent(pid: string): [number, number][] {
  if (!/^\d+$/.test(pid)) return []
  const parent = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1]
  return parent === undefined ? [] : [[Number(pid), Number(parent)]]
}

function readThreads(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((id) => Number(read(`/proc/${pid}/task/${id}/schedstat`).split(' ')[0]))
  } catch {
    return []
  }
}

/** Empty for what has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
