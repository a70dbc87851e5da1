#compdef gsw goswitch
# Completion for gsw in zsh: gsw itself knows its words, and what they do, so it is asked.
_gsw() {
  local -a candidates
  candidates=("${(@f)$(command gsw __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z ${candidates[1]-} ]]; then
    _files
    return
  fi
  # _describe wants word:description.
  candidates=("${(@)candidates//:/\\:}")
  candidates=("${(@)candidates/$'\t'/:}")
  _describe -V gsw candidates
}
if [[ ${zsh_eval_context[-1]-} == loadautofunc ]]; then
  _gsw "$@"
else
  compdef _gsw gsw goswitch
fi
