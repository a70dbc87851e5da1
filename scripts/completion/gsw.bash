# shellcheck shell=bash
# Completion for gsw in bash: gsw itself knows its words, so it is asked. What it says after a tab is for other shells.
__gsw_complete() {
  local candidate
  COMPREPLY=()
  while IFS= read -r candidate; do
    COMPREPLY+=("${candidate%%$'\t'*}")
  done < <(command gsw __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
# Where gsw knows nothing, files are offered.
complete -o default -F __gsw_complete gsw goswitch
