# shellcheck shell=bash
# gsw's hook for bash 3.2 and newer: at each prompt the Go of this directory becomes `go`.
#
# It decides with builtins alone and starts a process only for what builtins can't tell for certain: then `gsw env` is
# asked, once. What it does to the environment is what package activation does, byte for byte.
#
# \builtin keeps a user's aliases and functions out. bash sees no assignment behind it, so everything there is quoted.

# oh-my-zsh's git plugin and its relatives have gsw='git switch'. This stands apart from the function below, which would
# else be parsed with the alias in it.
\builtin unalias gsw goswitch 2>/dev/null || \builtin :

#: state

__gsw_home='@HOME@'
__gsw_self='@SELF@'
__gsw_file='@FILE@'
__gsw_whole='' # whether the functions under "later" are there
case ${GSW_HOME-} in
/?*) __gsw_home=${GSW_HOME%/} ;;
*) if [[ $__gsw_home != "${HOME-}/.gsw" ]]; then \builtin export "GSW_HOME=$__gsw_home"; fi ;;
esac

# What the last look saw and did; empty: look again.
__gsw_dir='' __gsw_asks='' __gsw_path='' # PWD, GSW_VERSION and PATH then
__gsw_question=''                        # what gsw itself was asked last, while its answer holds
__gsw_front='' __gsw_rest=''             # PATH is these two; rest begins with a colon, or is empty
__gsw_gobin='' __gsw_saved=''            # GOBIN and __GSW_SAVED
__gsw_head='' __gsw_tail=''              # __GSW_SAVED is these two around the value of GOBIN
__gsw_unsettled=''                       # the GOBIN that gsw looked at in vain
__gsw_profile='' __gsw_names=''          # the profile's variables as gsw wrote them down, and their names
__gsw_theirs=''                          # as they stood then

# ERE in variables: bash 3.2 and newer agree on those only.
__gsw_is_note='^[0123456789abcdefghijklmnopqrstuvwxyz^~=<>, -][0123456789abcdefghijklmnopqrstuvwxyz.^~=<>, -]{0,63}$'
__gsw_go_line=$'(^|\n)[ \t]*go[ \t"`]([^\n]*)'
__gsw_toolchain_line=$'(^|\n)[ \t]*toolchain[ \t"`]([^\n]*)'

#: core

# Reads the functions that a shell without pins, profiles and gsw commands never needs. The file that starting shells
# source returns before it gets to them; read whole, it leaves alone what is known by then.
__gsw_load() {
  if [[ -n $__gsw_whole ]]; then \builtin return 0; fi
  \builtin local __gsw_loading=yes
  if [[ -r $__gsw_file ]]; then \builtin . "$__gsw_file" || \builtin :; fi
  [[ -n $__gsw_whole ]]
}

# At each prompt. `$?` is as before, for the prompt and for whoever comes next.
__gsw_prompt() {
  \builtin local last="$?"
  if [[ $PWD != "$__gsw_dir" || ${GSW_VERSION-} != "$__gsw_asks" || ${PATH-} != "$__gsw_path" ]]; then
    __gsw_look || \builtin :
  fi
  # gsw gives shims/ the time of the GOBIN it has looked at: a tool came or went since.
  if [[ ${GOBIN-} -nt $__gsw_home/shims ]]; then { __gsw_load && __gsw_tools; } || \builtin :; fi
  # Under set -e a prompt command that returns the user's failure would end the shell.
  case $- in *e*) \builtin return 0 ;; esac
  \builtin return "$last"
}

# Looks again: another directory, another GSW_VERSION or another PATH.
__gsw_look() {
  if [[ $PWD == "$__gsw_dir" && ${GSW_VERSION-} == "$__gsw_asks" && -n $__gsw_front ]]; then
    if [[ :${PATH-}: == *":$__gsw_front:"* ]]; then
      __gsw_path=${PATH-} # somebody put something before or after it (a virtual environment): theirs to say
      \builtin return 0
    fi
  fi
  if [[ ${PATH-} != "$__gsw_path" ]]; then __gsw_question=''; fi # what the answer did is undone
  __gsw_dir=$PWD __gsw_asks=${GSW_VERSION-}

  \builtin local answer='' folder='' why='' minimum='' question='' profile=''
  if [[ -r $__gsw_home/resolve/.profiles ]] && __gsw_load; then __gsw_find_profile; fi
  __gsw_decide || answer=ask
  case $answer in
  pin) __gsw_enter "$folder/go/bin:$folder/bin:$__gsw_home/bin" "$folder/bin" ;;
  default) __gsw_enter "$__gsw_home/bin:$__gsw_home/current/bin" "$__gsw_home/current/bin" ;;
  system) __gsw_leave ;;
  *)
    question+="|$profile"
    if [[ -z $__gsw_question || $question != "$__gsw_question" ]]; then
      __gsw_question=$question
      { __gsw_load && __gsw_ask; } || __gsw_fall_back
    fi
    __gsw_path=${PATH-}
    \builtin return 0
    ;;
  esac
  __gsw_question='' __gsw_path=${PATH-}
}

# Sets answer, and folder for a pin. Fails where builtins can't tell; question then is all that the answer depends on.
__gsw_decide() {
  \builtin local spec='' tag=''
  if [[ -n $__gsw_asks ]]; then
    spec=$__gsw_asks why=GSW_VERSION
    __gsw_load || { question=$spec; \builtin return 1; }
  else
    __gsw_walk || { question="$PWD|$why|$spec|$minimum"; \builtin return 1; }
  fi
  question="$why|$spec|$minimum"
  if [[ -e $__gsw_home/resolve/.ask ]]; then \builtin return 1; fi # there are settings that a hook knows nothing of
  if [[ -n $spec ]]; then
    __gsw_find "$spec" || \builtin return 1
    answer=pin
    if [[ -z $minimum ]]; then \builtin return 0; fi
    tag=${folder##*/}
  elif [[ -e $__gsw_home/current/receipt.json ]]; then
    answer=default
    if [[ -z $minimum ]]; then \builtin return 0; fi
    IFS= \builtin read -r -n 64 tag <"$__gsw_home/current/go/VERSION" || \builtin return 1
    question+="|$tag"
  elif [[ -L $__gsw_home/current || -n $minimum ]]; then
    \builtin return 1
  else
    answer=system
    \builtin return 0
  fi
  __gsw_allows "$minimum" "$tag"
}

# Goes up from PWD for a pin, which sets spec and why, and for a go line, which sets minimum: that of the nearest go.work,
# else that of the nearest go.mod. Fails where something can't be judged here.
__gsw_walk() {
  \builtin local dir="${PWD%/}" below="${PWD%/}" text='' line='' minor='' patch='' work='' module=''
  case $PWD in /*) ;; *) \builtin return 1 ;; esac
  case ${GOWORK-} in '' | auto) ;; *) \builtin return 1 ;; esac
  for ((;;)); do
    # Most folders have nothing to say. These two loops are what a deep one costs.
    if [[ -z $spec ]]; then
      while [[ ! -e $dir/go.mod && ! -e $dir/go.work && ! -e $dir/.go-version && ! -e $dir/.tool-versions && -n $dir ]]; do dir=${dir%/*}; done
    else
      while [[ ! -e $dir/go.mod && ! -e $dir/go.work && -n $dir ]]; do dir=${dir%/*}; done
    fi
    if [[ -e $dir/go.mod || -e $dir/go.work || -z $spec && (-e $dir/.go-version || -e $dir/.tool-versions) ]]; then
      why=$dir
      __gsw_load || \builtin return 1
      # The search ends at another user's directory, unless it is root's, and a builtin knows only one's own. What is
      # found beyond such a one is not for this function to use.
      while [[ -O $below/ && $below != "$dir" ]]; do below=${below%/*}; done
      [[ -O $below/ ]] || \builtin return 1
      if [[ -z $spec && -e $dir/.go-version ]]; then
        why=$dir/.go-version
        __gsw_version_file || \builtin return 1
      fi
      if [[ -z $spec && -e $dir/.tool-versions ]]; then
        why=$dir/.tool-versions
        __gsw_tool_versions || \builtin return 1
      fi
      if [[ -z $spec || -z $work ]] && [[ -e $dir/go.work ]]; then
        __gsw_module_file "$dir/go.work" || \builtin return 1
      fi
      if [[ -z $spec || -z $work$module ]] && [[ -e $dir/go.mod ]]; then
        __gsw_module_file "$dir/go.mod" || \builtin return 1
      fi
    fi
    if [[ -z $dir ]] || [[ -n $spec && -n $work ]]; then \builtin break; fi
    dir=${dir%/*}
  done
}

# Makes PATH begin with $1 and GOBIN be $2.
__gsw_enter() {
  \builtin local rest='' removed='' gobin='' goroot='' text="$2"
  if [[ -z $__gsw_saved || ${__GSW_SAVED-} != "$__gsw_saved" || ${PATH-} != "$__gsw_front$__gsw_rest" ||
    ${GOBIN-} != "$__gsw_gobin" || -n ${GOROOT+set} || ${profile-} != "$__gsw_profile" ]] ||
    { [[ -n $__gsw_profile ]] && __gsw_touched; }; then
    __gsw_undo
    __gsw_take_out
    __gsw_profile='' __gsw_theirs=''
    if [[ -n ${profile-} ]]; then __gsw_put_profile; fi
    __gsw_rest=$rest
  fi
  case $text in *[%:=]*) __gsw_encode ;; esac
  __gsw_front=$1 __gsw_gobin=$2 __gsw_saved=$__gsw_head$text$__gsw_tail
  \builtin export "PATH=$1$__gsw_rest" "GOBIN=$2" "__GSW_SAVED=$__gsw_saved"
  \builtin unset GOROOT
}

# Gives variable $1 the value behind the plus sign of $2, or unsets it if there is none.
__gsw_set() {
  case $2 in
  +*) \builtin export "$1=${2#+}" ;;
  *) \builtin unset "$1" ;;
  esac
}

# gsw gave no answer: what the shell gets is what it would get without a pin, never what another project left behind.
__gsw_fall_back() {
  if [[ -e $__gsw_home/current/receipt.json ]]; then
    __gsw_enter "$__gsw_home/bin:$__gsw_home/current/bin" "$__gsw_home/current/bin"
  else
    __gsw_leave
  fi
}

# Gives back what was there before; gsw itself stays within reach.
__gsw_leave() {
  \builtin local rest='' removed='' gobin='' goroot=''
  __gsw_undo
  __gsw_put_back
  __gsw_front='' __gsw_rest='' __gsw_saved=''
  __gsw_set GOBIN "$gobin"
  __gsw_set GOROOT "$goroot"
  \builtin unset __GSW_SAVED
  rest=${rest#:}
  \builtin export "PATH=$rest${rest:+:}$__gsw_home/bin"
  __gsw_tail='' __gsw_profile='' __gsw_theirs=''
  if [[ -n ${profile-} ]]; then __gsw_put_profile; fi
  if [[ -n $__gsw_tail ]]; then \builtin export "__GSW_SAVED=${__gsw_tail#:}"; fi
}

# Undoes what __GSW_SAVED tells: sets gobin and goroot to the user's (+value, or nothing if not set), rest to PATH
# without gsw's entries, each behind a colon, and removed to the fields of those that were removed from it, each before
# a colon. Other GO variables, which only gsw itself changes, are restored at once.
__gsw_undo() {
  \builtin local fields="${__GSW_SAVED-}:" field='' name='' old='' new='' text='' list="${PATH:+:${PATH-}}" system="$__gsw_home"
  case ${GSW_SYSTEM-} in /?*) system=${GSW_SYSTEM%/} ;; esac
  gobin=${GOBIN+"+$GOBIN"} goroot=${GOROOT+"+$GOROOT"}
  while [[ -n $fields ]]; do
    field=${fields%%:*} fields=${fields#*:}
    name=${field%%=*}
    case $name in
    '') ;;
    *[!0123456789]*)
      case $name in GO*[!ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_]*) \builtin continue ;; GO?*) ;; *) \builtin continue ;; esac
      case $field in *=*=*) ;; *) \builtin continue ;; esac
      new=${field#*=}
      old=${new%%=*} new=${new#*=} text=${!name+"+${!name}"}
      __gsw_encode
      if [[ $text != "$new" ]]; then \builtin continue; fi # changed since, and the user's now
      text=$old
      __gsw_decode
      case $name in
      GOBIN) gobin=$text ;;
      GOROOT) goroot=$text ;;
      *) __gsw_set "$name" "$text" ;;
      esac
      ;;
    0?* | ???????*) ;;
    *) case $field in *=+*) removed+=$field: ;; esac ;;
    esac
  done
  # What lies below gsw's home was never the user's: __GSW_SAVED may have been lost on the way.
  case ${gobin%/} in +"$__gsw_home"/* | +"$system"/*) gobin='' ;; esac
  case ${goroot%/} in +"$__gsw_home"/* | +"$system"/*) goroot='' ;; esac
  rest=''
  case $list in *"$__gsw_home"/* | *"$system"/*) ;; *) rest=$list list='' ;; esac
  while [[ -n $list ]]; do
    text=${list##*:} list=${list%:*}
    case ${text%/} in
    "$__gsw_home"/* | "$system"/*) ;;
    *) rest=:$text$rest ;;
    esac
  done
  if [[ $rest == : ]]; then rest=''; fi # a PATH of nothing but an empty entry is an empty PATH
}

# Removes from rest what is there for another Go, and notes it all in __gsw_head and __gsw_tail.
__gsw_take_out() {
  \builtin local list="$rest" text='' field='' user="${HOME-}" bin="${goroot#+}" name='' count=0
  user=${user%/} bin=${bin%/}
  # GOROOT=/usr is what some distributions have, and /usr/bin must stay.
  case $bin in
  '' | /usr | /usr/local | /opt/homebrew | /opt/local | /snap | "$user" | "$user/.local") bin=/usr/local/go ;;
  esac
  bin+=/bin user=${user:-//}
  case $list in *go* | *.gimme* | *"$bin"*) ;; *) list='' ;; esac
  while [[ -n $list ]] && ! __gsw_holds_go "${list##*:}"; do
    list=${list%:*}
  done
  if [[ -n $list ]]; then
    # Somebody put one on PATH since: the whole list is made anew, each entry in its place.
    __gsw_put_back
    list=$rest rest='' removed=''
    while [[ -n $list ]]; do
      text=${list##*:} list=${list%:*}
      if __gsw_holds_go "$text"; then
        __gsw_encode
        removed=$count=+$text:$removed
      else
        rest=:$text$rest
      fi
      count=$((count + 1))
    done
  fi
  text=$gobin
  __gsw_encode
  __gsw_head=${removed}GOBIN=$text=+ __gsw_tail=''
  if [[ -z $goroot ]]; then \builtin return 0; fi
  text=$goroot
  __gsw_encode
  __gsw_tail=:GOROOT=$text=
  if [[ $- == *i* && $goroot != + && ":${__GSW_SAVED-}:" != *"$__gsw_tail:"* ]]; then
    \builtin printf 'gsw: the exported GOROOT=%q is unset here: go finds its own\n' "${goroot#+}" >&2
  fi
}

# Whether an entry of PATH is there for a Go that is not gsw's: the list of package activation. Uses bin and user. Each
# pattern has a go or a .gimme in it: __gsw_take_out looks for those first.
__gsw_holds_go() {
  case ${1%/} in
  "$bin" | /usr/local/go/bin | /usr/lib/go/bin | /usr/lib/go-*/bin | /usr/lib/golang/bin | /opt/go/bin | /snap/go/*/bin | \
    /opt/homebrew/opt/go*/libexec/bin | /usr/local/opt/go*/libexec/bin | /home/linuxbrew/.linuxbrew/opt/go*/libexec/bin | \
    "$user"/sdk/go*/bin | "$user"/go/pkg/mod/golang.org/toolchain@*/bin | \
    "$user"/.goenv/shims | "$user"/.goenv/versions/*/bin | "$user"/.gvm/gos/*/bin | \
    "$user"/.asdf/installs/golang/*/go/bin | "$user"/.local/share/mise/installs/go/*/bin | \
    "$user"/.local/share/rtx/installs/go/*/bin | "$user"/.g/go/bin | "$user"/.go/bin | "$user"/.go/current/bin | \
    "$user"/.gobrew/current/bin | "$user"/.gobrew/current/go/bin | "$user"/.gimme/versions/*/bin | \
    "$user"/.version-fox/sdks/golang/bin | "$user"/.version-fox/cache/golang/*/bin | \
    "$user"/.vfox/sdks/golang/bin | "$user"/.vfox/cache/golang/*/bin) \builtin return 0 ;;
  esac
  \builtin return 1
}

# Puts the entries of removed back into rest, each where as many entries come after it as once did.
__gsw_put_back() {
  \builtin local fields="$removed" field='' text='' head='' tail='' count=0 there="$rest:"
  while [[ -n $fields ]]; do
    fields=${fields%:}
    field=${fields##*:} fields=${fields%"${fields##*:}"}
    count=$((10#${field%%=*})) text=${field#*=+}
    __gsw_decode
    if [[ $there == *":$text:"* ]]; then \builtin continue; fi # on PATH again already
    head=$rest tail=''
    while ((count > 0)) && [[ -n $head ]]; do
      tail=:${head##*:}$tail head=${head%:*} count=$((count - 1))
    done
    rest=$head:$text$tail
  done
}

# Writes text as a value in __GSW_SAVED, and back.
__gsw_encode() {
  text=${text//[%]/%25}
  text=${text//:/%3A}
  text=${text//=/%3D}
}

__gsw_decode() {
  case $text in *%*) ;; *) \builtin return 0 ;; esac
  text=${text//[%]3D/=}
  text=${text//[%]3A/:}
  text=${text//[%]25/%}
}

# The program, wherever it is now.
__gsw_call() {
  if [[ -x $__gsw_self ]]; then
    "$__gsw_self" "$@"
  else
    \builtin command gsw "$@"
  fi
}

# gsw as a command of this shell.
__gsw_command() {
  if __gsw_load; then __gsw_run "$@"; else __gsw_call "$@"; fi
}
function gsw { __gsw_command "$@"; }
function goswitch { __gsw_command "$@"; }

#: later

# Lets gsw look at the tools before the next command is read: `go install` may have made one that hides a command of the
# system. Where that settles nothing (a home that can't be written) it is not tried again. Another GOBIN is not gsw's.
__gsw_tools() {
  if [[ ${GOBIN-} != "$__gsw_home"/* || $GOBIN == "$__gsw_unsettled" || ! -x $__gsw_self ]]; then \builtin return 0; fi
  "$__gsw_self" __prompt </dev/null || \builtin :
  \builtin hash -r 2>/dev/null || \builtin : # bash remembers where it found a command, unless it was told not to
  if [[ $GOBIN -nt $__gsw_home/shims ]]; then __gsw_unsettled=$GOBIN; fi
}

# Sets profile to the variables of the profile that holds in PWD: gsw writes a line for each folder that has one, the
# deepest first, and last the one that holds everywhere.
__gsw_find_profile() {
  \builtin local line='' text=''
  while IFS= \builtin read -r line; do
    if [[ $line != =* ]]; then
      text=${line%%=*}
      __gsw_decode
      if [[ $PWD/ != "$text"/* ]]; then \builtin continue; fi
    fi
    profile=${line#*=}
    \builtin return 0
  done <"$__gsw_home/resolve/.profiles"
}

# Sets folder to the toolchain that a spec means, if it is installed.
__gsw_find() {
  \builtin local note="$1" goroot='' minor='' patch=''
  folder=''
  if __gsw_number "$1"; then
    if [[ -n $patch ]]; then
      # Until Go 1.20 the first release of a line had two numbers.
      folder=$__gsw_home/versions/go1.$minor
      if ((minor > 20 || patch > 0)); then folder+=.$patch; fi
    elif [[ $1 == go* ]] && ((minor < 21)); then
      folder=$__gsw_home/versions/$1 # the same, by its published name
    fi
    if [[ -n $folder ]]; then
      [[ -e $folder/receipt.json ]]
      \builtin return
    fi
    note=1.$minor
  elif [[ $1 == *.x ]] && __gsw_number "${1%.x}" && [[ -z $patch ]]; then
    note=1.$minor
  fi
  if [[ ! $note =~ $__gsw_is_note || ! -f $__gsw_home/resolve/$note ]]; then \builtin return 1; fi
  IFS= \builtin read -r -n 4096 goroot <"$__gsw_home/resolve/$note" || \builtin return 1
  folder=${goroot%/go}
  [[ $goroot == /*/go && -e $folder/receipt.json ]]
}

# Whether $1 is a release or a release line; sets minor, and patch to the third number or nothing. Regular expressions
# would take four times as long.
__gsw_number() {
  minor='' patch=''
  case $1 in 1.?* | go1.?* | v1.?*) ;; *) \builtin return 1 ;; esac
  minor=${1#*.}
  case $minor in
  *.*)
    patch=${minor#*.} minor=${minor%%.*}
    case $patch in '' | *[!0123456789]* | 0?* | ??????*) \builtin return 1 ;; esac
    ;;
  esac
  case $minor in '' | *[!0123456789]* | 0?* | ??????*) \builtin return 1 ;; esac
}

# Whether a go line ($1) is content with a release ($2).
__gsw_allows() {
  \builtin local minor='' patch='' line='' least=''
  __gsw_number "$1" || \builtin return 1
  line=$minor least=${patch:-0}
  __gsw_number "$2" || \builtin return 1
  ((minor > line || minor == line && ${patch:-0} >= least))
}

# Sets spec to what the .go-version $why says: its first line that is neither blank nor a comment.
__gsw_version_file() {
  __gsw_slurp "$why" 1024 || \builtin return 1
  if ((${#text} > 256)); then \builtin return 1; fi # the limit is in bytes, and these are characters
  spec=${text%$'\n'}
  case $spec in '' | *[!0123456789.abcdefghijklmnopqrstuvwxyz]*) spec='' ;; *) \builtin return 0 ;; esac
  text=${text#$'\xef\xbb\xbf'}$'\n'
  while [[ -n $text ]]; do
    line=${text%%$'\n'*} text=${text#*$'\n'}
    __gsw_trim
    case $line in
    '' | '#'*) ;;
    *)
      spec=$line
      \builtin return 0
      ;;
    esac
  done
  \builtin return 1 # an error, and gsw's to tell
}

# Sets spec to what the .tool-versions $why says of Go, if it does: the first version in the first line for it.
__gsw_tool_versions() {
  __gsw_slurp "$why" 8192 || \builtin return 1
  case $text in *go*) ;; *) \builtin return 0 ;; esac
  \builtin local name=''
  text=${text#$'\xef\xbb\xbf'}$'\n'
  while [[ -n $text ]]; do
    line=${text%%$'\n'*} text=${text#*$'\n'}
    line=${line%%#*}
    __gsw_trim
    case $line in *go*) ;; *) \builtin continue ;; esac
    case $line in *[![:alnum:][:blank:]._:@/+~^*=,-]*) \builtin return 1 ;; esac # Unicode has more blanks
    name=${line%%[[:blank:]]*}
    case $name in golang | go) ;; *) \builtin continue ;; esac
    line=${line#"$name"}
    __gsw_trim
    spec=${line%%[[:blank:]]*}
    [[ -n $spec ]]
    \builtin return
  done
}

# Reads the go.mod or go.work $1: its toolchain line is a pin if there is none yet, its go line may be the minimum.
__gsw_module_file() {
  why=${spec:+$why} why=${why:-$1}
  __gsw_slurp "$1" 262144 || \builtin return 1
  case $text in $'\xef\xbb\xbf'*) \builtin return 1 ;; esac
  # One expression over the text: a loop over lines is slower, and ${text#*pattern} takes quadratic time.
  line=''
  if [[ $text =~ $__gsw_go_line ]]; then
    line=${BASH_REMATCH[2]%%//*}
    __gsw_trim
    case $line in 1.*) __gsw_number "$line" || \builtin return 1 ;; *) \builtin return 1 ;; esac
  fi
  case $1 in
  */go.work) if [[ -z $work ]]; then work=$1 minimum=$line; fi ;;
  *) if [[ -z $work$module ]]; then module=$1 minimum=$line; fi ;;
  esac
  if [[ -n $spec || $text != *toolchain* ]]; then \builtin return 0; fi
  if ! [[ $text =~ $__gsw_toolchain_line ]]; then \builtin return 0; fi
  why=$1 line=${BASH_REMATCH[2]%%//*}
  __gsw_trim
  case $line in
  default | local) ;;
  go*)
    __gsw_number "$line" || \builtin return 1
    if [[ -z $patch ]]; then \builtin return 1; fi
    spec=$line
    ;;
  *) \builtin return 1 ;;
  esac
}

# Reads a file into text. Fails for one that is not regular or another user's, which does not count in a folder that is
# open to all, and for one that holds a NUL or more than $2 characters: read then succeeds, while it fails at the end.
__gsw_slurp() {
  [[ -f $1 && -r $1 && -O $1 ]] || \builtin return 1
  if IFS= \builtin read -r -d '' -n "$2" text <"$1"; then \builtin return 1; fi
  \builtin return 0
}

# Takes the blanks off both ends of line.
__gsw_trim() {
  case $line in *[[:blank:]]* | *$'\r') ;; *) \builtin return 0 ;; esac
  line=${line%$'\r'}
  line=${line#"${line%%[![:blank:]]*}"}
  line=${line%"${line##*[![:blank:]]}"}
}

# Starts the one process, in this directory. Its error goes to the terminal, once.
__gsw_ask() {
  \builtin local text='' front='' rest=''
  if [[ ! -x $__gsw_self && ! -d $__gsw_home/bin ]]; then \builtin return 1; fi # gsw was uninstalled: not a word
  # exec: else bash makes one process to wait for the other.
  text=$(
    if [[ -x $__gsw_self ]]; then \builtin exec "$__gsw_self" env --shell bash </dev/null; fi
    \builtin exec gsw env --shell bash </dev/null
  ) || \builtin return 1
  \builtin eval "$text" || \builtin return 1
  # Where gsw's own entries end on PATH now: if they go, it is time to look again.
  rest=${PATH-}:
  while [[ $rest == "$__gsw_home"/*:* ]]; do
    front+=:${rest%%:*} rest=${rest#*:}
  done
  __gsw_front=${front#:} __gsw_rest='' __gsw_saved=''
}

# Exports the variables of profile, but for those that the user has set, and notes them in __gsw_tail.
__gsw_put_profile() {
  \builtin local fields="${profile-}" field='' name='' text='' now=''
  __gsw_profile=$fields __gsw_names=''
  while [[ -n $fields ]]; do
    field=${fields%%:*} name=${field%%=*}
    case $fields in *:*) fields=${fields#*:} ;; *) fields='' ;; esac
    case $name in GO*[!ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_]*) \builtin continue ;; GO?*) ;; *) \builtin continue ;; esac
    __gsw_names+="$name "
    if [[ -n ${!name-} ]]; then \builtin continue; fi
    __gsw_tail+=:$name=${!name+"+"}=${field#*=}
    text=${field#*=}
    __gsw_decode
    __gsw_set "$name" "$text"
  done
  __gsw_now
  __gsw_theirs=$now
}

# Sets now to the variables in __gsw_names as they stand.
__gsw_now() {
  \builtin local IFS=' ' name=''
  now=''
  for name in $__gsw_names; do now+=":${!name+=}${!name-}"; done
}

# Whether somebody has changed one of the profile's variables.
__gsw_touched() {
  \builtin local now=''
  __gsw_now
  [[ $now != "$__gsw_theirs" ]]
}

# gsw as a command of this shell. `use --shell` can be done here only; what else changes the answer takes effect at once.
__gsw_run() {
  \builtin local word='' verb='' spec='' here='' install='' other='' result=0
  for word; do
    case $word in
    --) \builtin break ;;
    '') other=other ;; # gsw tells that it is no SPEC
    -s | --shell) here=here ;;
    -i | --install) install=yes ;;
    -is | -si) here=here install=yes ;;
    --unset) ;; # the same as no SPEC
    -q | --quiet) ;;
    -*) other=other ;;
    *) if [[ -z $verb ]]; then verb=$word; elif [[ -z $spec ]]; then spec=$word; else other=other; fi ;;
    esac
  done
  case $here$other-$verb in
  here-use | here-shell | -shell) __gsw_use || result=$? ;;
  *) __gsw_call "$@" || result=$? ;;
  esac
  case $verb in
  '' | +* | current | doctor | env | exec | help | list | list-remote | ls | ls-remote | run | verify | version | where | which | why | x) ;;
  *)
    \builtin hash -r # a tool that the Go before had may be missing now
    __gsw_dir='' __gsw_question=''
    __gsw_look || \builtin :
    ;;
  esac
  \builtin return "$result"
}

# Makes spec the Go of this shell, or the directory's again if there is none.
__gsw_use() {
  if [[ -z $spec ]]; then
    \builtin unset GSW_VERSION
    \builtin return 0
  fi
  if [[ -n $install ]]; then __gsw_call install "$spec" >/dev/null || \builtin return; fi
  __gsw_call env "$spec" >/dev/null || \builtin return # is it one, and installed?
  \builtin export "GSW_VERSION=$spec"
}
__gsw_whole=yes

#: start

case $- in
*i*)
  case " ${PROMPT_COMMAND[*]-} " in
  *__gsw_prompt*) ;;
  *)
    if ((BASH_VERSINFO[0] > 5 || BASH_VERSINFO[0] == 5 && BASH_VERSINFO[1] > 0)); then
      PROMPT_COMMAND+=(__gsw_prompt)
    else
      # Others end theirs with a semicolon, blanks and newlines; two semicolons are a syntax error.
      while [[ ${PROMPT_COMMAND-} == *[[:space:]\;] ]]; do
        # shellcheck disable=SC2178 # an array in newer ones only
        PROMPT_COMMAND=${PROMPT_COMMAND%?}
      done
      # shellcheck disable=SC2178,SC2128
      PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND;}__gsw_prompt
    fi
    ;;
  esac
  ;;
esac

# Not only at the first prompt: `bash -ic 'go version'` has none, and editors read a shell's environment that way.
__gsw_look || \builtin :
# What the rest of the rc files does to PATH is not the user's word yet: the first prompt looks again.
__gsw_dir=''
