import { Argument, Command } from 'commander'

const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

/** `gatehouse completion <shell>`: what a shell completes, made from the commands as they are. */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print what makes your shell complete commands and options')
    .addArgument(new Argument('<shell>', 'which one').choices(shells))
    .addHelpText(
      'after',
      `
  bash  echo 'source <(gatehouse completion bash)' >> ~/.bashrc
  zsh   echo 'source <(gatehouse completion zsh)' >> ~/.zshrc      (after compinit)
  fish  gatehouse completion fish > ~/.config/fish/completions/gatehouse.fish`,
    )
    .action((shell: Shell) => console.log(scripts[shell](placesOf(program, program.name()))))
}

/** Where somebody may be in a line, and what can come there. */
interface Place {
  readonly path: string
  readonly words: readonly string[]
}

function placesOf(command: Command, path: string): readonly Place[] {
  const options = command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []))
  const words = [...command.commands.map((each) => each.name()), ...options, '--help']
  return [{ path, words }, ...command.commands.flatMap((each) => placesOf(each, `${path} ${each.name()}`))]
}

const scripts: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashScript,
  zsh: (places) => `autoload -U +X bashcompinit && bashcompinit\n${bashScript(places)}`,
  fish: fishScript,
}

/** Words of options and their values are passed over: only what leads to a command moves the place. */
function bashScript(places: readonly Place[]): string {
  return `_gatehouse() {
  local place=gatehouse words= index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$place \${COMP_WORDS[index]}" in
      ${places.map(({ path }) => `'${path}'`).join(' | ')}) place="$place \${COMP_WORDS[index]}" ;;
    esac
  done
  case "$place" in
${places.map(({ path, words }) => `    '${path}') words='${words.join(' ')}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _gatehouse gatehouse`
}

function fishScript(places: readonly Place[]): string {
  const known = places.map(({ path }) => `'${path}'`).join(' ')
  const lines = places.map(
    ({ path, words }) => `complete -c gatehouse -n '__gatehouse_is "${path}"' -f -a '${words.join(' ')}'`,
  )
  return `function __gatehouse_is
  set -l place gatehouse
  for word in (commandline -opc)[2..-1]
    contains -- "$place $word" ${known}; and set place "$place $word"
  end
  test "$place" = "$argv[1]"
end
${lines.join('\n')}`
}
