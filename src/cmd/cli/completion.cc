#include "cmd/cli/completion.h"

namespace plumb::cli {

namespace {

constexpr const char* kBash = R"shell(# bash completion for plumb: source <(plumb completion bash)
_plumb() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= passed=() i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -n|--namespace|--context|--kubeconfig) passed+=("${COMP_WORDS[i]}" "${COMP_WORDS[i+1]}"); ((i++)) ;;
      -o|--output|--color|--app|--timeout) ((i++)) ;;
      -*) ;;
      *) [[ -z $command ]] && command=${COMP_WORDS[i]} ;;
    esac
  done
  COMPREPLY=()
  case $before in
    -o|--output) COMPREPLY=($(compgen -W "table json yaml" -- "$word")); return ;;
    --color) COMPREPLY=($(compgen -W "auto always never" -- "$word")); return ;;
    --kubeconfig) compopt -o default; return ;;
    -n|--namespace|--context|--timeout) return ;;
    --app) COMPREPLY=($(compgen -W "$(plumb "${passed[@]}" __complete apps 2>/dev/null)" -- "$word")); return ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "-n --namespace -A --all-namespaces --context --kubeconfig -o --output --color --help --app --wait --timeout" -- "$word"))
    return
  fi
  case $command in
    "") COMPREPLY=($(compgen -W "render diff status tree why history sync suspend resume version completion" -- "$word")) ;;
    render) compopt -o default ;;
    diff) compopt -o default; COMPREPLY=($(compgen -W "$(plumb "${passed[@]}" __complete apps 2>/dev/null)" -- "$word")) ;;
    status|tree|why|history) COMPREPLY=($(compgen -W "$(plumb "${passed[@]}" __complete apps 2>/dev/null)" -- "$word")) ;;
    sync|suspend|resume) COMPREPLY=($(compgen -W "$(plumb "${passed[@]}" __complete targets 2>/dev/null)" -- "$word")) ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")) ;;
  esac
}
complete -F _plumb plumb
)shell";

constexpr const char* kZsh = R"shell(#compdef plumb
# zsh completion for plumb: source <(plumb completion zsh)
_plumb_names() {
  local -a names passed
  local i
  for ((i = 2; i < CURRENT; i++)); do
    case ${words[i]} in
      -n|--namespace|--context|--kubeconfig) passed+=("${words[i]}" "${words[i+1]}") ;;
    esac
  done
  names=(${(f)"$(plumb $passed __complete $1 2>/dev/null)"})
  compadd -a names
}
_plumb() {
  local -a globals
  globals=(
    '(-n --namespace)'{-n,--namespace}'[namespace]:namespace:'
    '(-A --all-namespaces)'{-A,--all-namespaces}'[all namespaces]'
    '--context[kubeconfig context]:context:'
    '--kubeconfig[kubeconfig file]:file:_files'
    '(-o --output)'{-o,--output}'[output format]:format:(table json yaml)'
    '--color[colours]:when:(auto always never)'
    '--help[help]'
  )
  local command=
  local i
  for ((i = 2; i < CURRENT; i++)); do
    case ${words[i]} in
      render|diff|status|tree|why|history|sync|suspend|resume|version|completion) command=${words[i]}; break ;;
    esac
  done
  case $command in
    "") _arguments $globals '*:command:(render diff status tree why history sync suspend resume version completion)' ;;
    render) _arguments $globals '*:path:_files' ;;
    diff) _arguments $globals '--app[app]:app:{_plumb_names apps}' '*: :{ _files; _plumb_names apps }' ;;
    status|tree|why|history) _arguments $globals '*:app:{_plumb_names apps}' ;;
    sync) _arguments $globals '--wait[until done]' '--timeout[deadline]:duration:' '*:app:{_plumb_names targets}' ;;
    suspend|resume) _arguments $globals '*:app:{_plumb_names targets}' ;;
    completion) _arguments $globals '*:shell:(bash zsh fish)' ;;
  esac
}
compdef _plumb plumb
)shell";

constexpr const char* kFish = R"shell(# fish completion for plumb: plumb completion fish | source
set -l commands render diff status tree why history sync suspend resume version completion
complete -c plumb -f
complete -c plumb -n "not __fish_seen_subcommand_from $commands" -a "$commands"
complete -c plumb -n "__fish_seen_subcommand_from render diff" -F
complete -c plumb -n "__fish_seen_subcommand_from diff status tree why history" -a "(plumb __complete apps 2>/dev/null)"
complete -c plumb -n "__fish_seen_subcommand_from sync suspend resume" -a "(plumb __complete targets 2>/dev/null)"
complete -c plumb -n "__fish_seen_subcommand_from completion" -a "bash zsh fish"
complete -c plumb -n "__fish_seen_subcommand_from sync" -l wait -d "until done"
complete -c plumb -n "__fish_seen_subcommand_from sync" -l timeout -x -d "deadline"
complete -c plumb -n "__fish_seen_subcommand_from diff" -l app -x -a "(plumb __complete apps 2>/dev/null)"
complete -c plumb -s n -l namespace -x -d namespace
complete -c plumb -s A -l all-namespaces -d "all namespaces"
complete -c plumb -l context -x -d "kubeconfig context"
complete -c plumb -l kubeconfig -r -F -d "kubeconfig file"
complete -c plumb -s o -l output -x -a "table json yaml"
complete -c plumb -l color -x -a "auto always never"
)shell";

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return "";
}

}  // namespace plumb::cli
