# shellcheck shell=bash
# Completion for gsw in bash: gsw itself knows its words, so it is asked. What it says after a tab is for other shells.
__gsw_complete() {
  local candidate
  COMPREPLY=()
  while IFS= read -r candidate; do
    candidate=${candidate%%$'\t'*}
    # bash puts it into the line as it is: what would not be one word there is quoted, unless a quote is open.
    case ${COMP_WORDS[COMP_CWORD]} in
    *[\'\"\\]*) ;;
    *) [[ $candidate == *[!a-zA-Z0-9_./:=@%+,~^-]* ]] && printf -v candidate %q "$candidate" ;;
    esac
    COMPREPLY+=("$candidate")
  done < <(command gsw __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
# Where gsw knows nothing, files are offered.
complete -o default -F __gsw_complete gsw goswitch
