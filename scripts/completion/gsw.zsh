#compdef gsw goswitch
# Completion for gsw in zsh: gsw itself knows its words, so it is asked.
_gsw() {
  local -a words_known
  words_known=("${(@f)$(command gsw "${(@)words[2,CURRENT-1]}" --generate-bash-completion 2>/dev/null)}")
  if (( ${#words_known} )) && [[ -n ${words_known[1]} ]]; then
    compadd -a words_known
  else
    _files
  fi
}
if [[ ${zsh_eval_context[-1]-} == loadautofunc ]]; then
  _gsw "$@"
else
  compdef _gsw gsw goswitch
fi
