# shellcheck shell=bash
# Completion for gsw in bash: gsw itself knows its words, so it is asked.
__gsw_complete() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(compgen -W "$(command gsw "${COMP_WORDS[@]:1:COMP_CWORD-1}" --generate-bash-completion 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F __gsw_complete gsw goswitch
