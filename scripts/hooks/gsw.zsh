# gsw's hook for zsh 5: at each prompt and each change of directory the Go of this directory becomes `go`.
#
# It decides with builtins alone and starts a process only for what builtins can't tell for certain: then `gsw env` is
# asked, once. What it does to the environment is what package activation does, byte for byte.
#
# To zsh a function call or a command in a list is dear, and a nested expansion cheap.
#
# The functions below run under __gsw_look's or __gsw_run's `emulate`, whatever the user's options are. \builtin keeps
# aliases and functions out.

# oh-my-zsh's git plugin has gsw='git switch'. After `function` and as the argument of a command no alias is expanded,
# so it does not matter that `eval` parses everything before it runs this.
\builtin unalias gsw goswitch 2>/dev/null || \builtin :

#: state

\builtin typeset -g __gsw_home='@HOME@' __gsw_self='@SELF@' __gsw_file='@FILE@'
\builtin typeset -g __gsw_whole='' # whether the functions under "later" are there
case ${GSW_HOME-} in
/?*) __gsw_home=${GSW_HOME%/} ;;
*) if [[ $__gsw_home != "${HOME-}/.gsw" ]]; then \builtin export "GSW_HOME=$__gsw_home"; fi ;;
esac

# What the last look saw and did; empty: look again.
\builtin typeset -g __gsw_dir='' __gsw_asks='' __gsw_path='' # PWD, GSW_VERSION and PATH then
\builtin typeset -g __gsw_question=''                        # what gsw itself was asked last, while its answer holds
\builtin typeset -g __gsw_front='' __gsw_rest=''             # PATH is these two; rest begins with a colon, or is empty
\builtin typeset -g __gsw_gobin='' __gsw_saved=''            # GOBIN and __GSW_SAVED
\builtin typeset -g __gsw_head='' __gsw_tail=''              # __GSW_SAVED is these two around the value of GOBIN
\builtin typeset -g __gsw_unsettled=''                       # the GOBIN that gsw looked at in vain
\builtin typeset -g __gsw_profile='' __gsw_theirs=''         # the profile's variables as gsw wrote them down, and as they stood then

#: core

# Reads the functions that a shell without pins, profiles and gsw commands never needs. The file that starting shells
# source returns before it gets to them; read whole, it leaves alone what is known by then.
function __gsw_load {
  if [[ -n $__gsw_whole ]]; then \builtin return 0; fi
  \builtin local __gsw_loading=yes
  if [[ -r $__gsw_file ]]; then \builtin . "$__gsw_file" || \builtin :; fi
  [[ -n $__gsw_whole ]]
}

# At each prompt and each cd. `$?` is as before, for whoever comes next.
function __gsw_prompt {
  [[ $PWD == "$__gsw_dir" && ${GSW_VERSION-} == "$__gsw_asks" && ${PATH-} == "$__gsw_path" ]] || __gsw_look || \builtin :
  # gsw gives shims/ the time of the GOBIN it has looked at: a tool came or went since.
  [[ ${GOBIN-} -nt $__gsw_home/shims ]] && __gsw_load && __gsw_tools || \builtin :
}

# Looks again: another directory, another GSW_VERSION or another PATH.
function __gsw_look {
  \builtin emulate -L zsh -o extended_glob
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
function __gsw_decide {
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
    __gsw_slurp "$__gsw_home/current/go/VERSION" 4096 || \builtin return 1
    tag=${text%%$'\n'*}
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
function __gsw_walk {
  \builtin local dir="${PWD%/}" below="${PWD%/}" text='' line='' minor='' patch='' work='' module=''
  case $PWD in /*) ;; *) \builtin return 1 ;; esac
  case ${GOWORK-} in '' | auto) ;; *) \builtin return 1 ;; esac
  for ((;;)); do
    if [[ -e $dir/go.mod || -e $dir/go.work || -z $spec && ( -e $dir/.go-version || -e $dir/.tool-versions ) ]]; then
      why=$dir
      __gsw_load || \builtin return 1
      # The search ends at another user's directory, unless it is root's. What is found beyond such a one is not for
      # this function to use.
      for ((;;)); do
        [[ -O $below/ ]] || __gsw_roots "$below/" || \builtin return 1
        if [[ $below == "$dir" ]]; then \builtin break; fi
        below=${below:h}
        if [[ $below == / ]]; then below=''; fi
      done
      if [[ -z $spec && -e $dir/.go-version ]]; then
        why=$dir/.go-version
        __gsw_version_file || \builtin return 1
      fi
      if [[ -z $spec && -e $dir/.tool-versions ]]; then
        why=$dir/.tool-versions
        __gsw_tool_versions || \builtin return 1
      fi
      if [[ -e $dir/go.work && ( -z $spec || -z $work ) ]]; then
        __gsw_module_file "$dir/go.work" || \builtin return 1
      fi
      if [[ -e $dir/go.mod && ( -z $spec || -z $work$module ) ]]; then
        __gsw_module_file "$dir/go.mod" || \builtin return 1
      fi
    fi
    if [[ -z $dir || -n $spec && -n $work ]]; then \builtin break; fi
    dir=${dir:h} # on a long path ${dir%/*} takes ten times as long
    if [[ $dir == / ]]; then dir=''; fi
  done
}

# Makes PATH begin with $1 and GOBIN be $2.
function __gsw_enter {
  \builtin local gobin='' goroot='' text=''
  \builtin local -a rest removed
  if [[ -z $__gsw_saved || ${__GSW_SAVED-} != "$__gsw_saved" || ${PATH-} != "$__gsw_front$__gsw_rest" ||
    ${GOBIN-} != "$__gsw_gobin" || -n ${GOROOT+set} || ${profile-} != "$__gsw_profile" ]] ||
    { [[ -n $__gsw_profile ]] && __gsw_touched; }; then
    __gsw_undo
    __gsw_take_out
    __gsw_profile='' __gsw_theirs=''
    if [[ -n ${profile-} ]]; then __gsw_put_profile; fi
    __gsw_rest=''
    if (($#rest)); then __gsw_rest=:${(j.:.)rest}; fi
  fi
  text=${${${2//\%/%25}//:/%3A}//\=/%3D}
  __gsw_front=$1 __gsw_gobin=$2 __gsw_saved=$__gsw_head$text$__gsw_tail
  \builtin export "PATH=$1$__gsw_rest" "GOBIN=$2" "__GSW_SAVED=$__gsw_saved"
  \builtin unset GOROOT
}

# Gives variable $1 the value behind the plus sign of $2, or unsets it if there is none.
function __gsw_set {
  case $2 in
  +*) \builtin export "$1=${2#+}" ;;
  *) \builtin unset "$1" ;;
  esac
}

# gsw gave no answer: what the shell gets is what it would get without a pin, never what another project left behind.
function __gsw_fall_back {
  if [[ -e $__gsw_home/current/receipt.json ]]; then
    __gsw_enter "$__gsw_home/bin:$__gsw_home/current/bin" "$__gsw_home/current/bin"
  else
    __gsw_leave
  fi
}

# Gives back what was there before; gsw itself stays within reach.
function __gsw_leave {
  \builtin local gobin='' goroot=''
  \builtin local -a rest removed
  __gsw_undo
  __gsw_put_back
  __gsw_front='' __gsw_rest='' __gsw_saved=''
  __gsw_set GOBIN "$gobin"
  __gsw_set GOROOT "$goroot"
  \builtin unset __GSW_SAVED
  rest+=("$__gsw_home/bin")
  \builtin export "PATH=${(j.:.)rest}"
  __gsw_tail='' __gsw_profile='' __gsw_theirs=''
  if [[ -n ${profile-} ]]; then __gsw_put_profile; fi
  if [[ -n $__gsw_tail ]]; then \builtin export "__GSW_SAVED=${__gsw_tail#:}"; fi
}

# Undoes what __GSW_SAVED tells: sets gobin and goroot to the user's (+value, or nothing if not set), rest to the entries
# of PATH without gsw's, and removed to the fields of those that were removed from it. Other GO variables, which only gsw
# itself changes, are restored at once.
function __gsw_undo {
  \builtin local field='' name='' old='' new='' text='' system="$__gsw_home"
  case ${GSW_SYSTEM-} in /?*) system=${GSW_SYSTEM%/} ;; esac
  gobin=${GOBIN+"+$GOBIN"} goroot=${GOROOT+"+$GOROOT"} removed=()
  for field in "${(@s.:.)__GSW_SAVED-}"; do
    name=${field%%=*}
    case $name in
    '') ;;
    *[^0-9]*)
      if [[ $name != GO[A-Z0-9_]## || $field != *=*=* ]]; then \builtin continue; fi
      new=${field#*=}
      old=${new%%=*} new=${new#*=}
      \builtin eval "text=\${$name+\"+\$$name\"}"
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
    *) if [[ $field == *=+* ]]; then removed+=("$field"); fi ;;
    esac
  done
  # What lies below gsw's home was never the user's: __GSW_SAVED may have been lost on the way.
  case ${gobin%/} in +"$__gsw_home"/* | +"$system"/*) gobin='' ;; esac
  case ${goroot%/} in +"$__gsw_home"/* | +"$system"/*) goroot='' ;; esac
  rest=()
  if [[ -z ${PATH-} ]]; then \builtin return 0; fi
  for text in "${(@s.:.)PATH}"; do
    case ${text%/} in
    "$__gsw_home"/* | "$system"/*) ;;
    *) rest+=("$text") ;;
    esac
  done
  if [[ -z ${(j.:.)rest} ]] && (($#rest == 1)); then rest=(); fi # a PATH of nothing but an empty entry is an empty PATH
}

# Removes from rest what is there for another Go, and notes it all in __gsw_head and __gsw_tail.
function __gsw_take_out {
  \builtin local text='' entry='' user="${HOME-}" bin="${goroot#+}" foreign=''
  \builtin local -a list
  \builtin local -i count=0
  user=${user%/} bin=${bin%/}
  # GOROOT=/usr is what some distributions have, and /usr/bin must stay.
  case $bin in
  '' | /usr | /usr/local | /opt/homebrew | /opt/local | /snap | "$user" | "$user/.local") bin=/usr/local/go ;;
  esac
  bin+=/bin user=${user:-//}
  if [[ ${PATH-} == *(go|.gimme|"$bin")* ]]; then
    for entry in "${rest[@]}"; do
      if __gsw_holds_go "$entry"; then foreign=yes; fi
    done
  fi
  if [[ -n $foreign ]]; then
    # Somebody put one on PATH since: the whole list is made anew, each entry in its place.
    __gsw_put_back
    list=("${rest[@]}") rest=() removed=() count=$#list
    for entry in "${list[@]}"; do
      ((count -= 1)) || \builtin :
      if __gsw_holds_go "$entry"; then
        text=$entry
        __gsw_encode
        removed+=("$count=+$text")
      else
        rest+=("$entry")
      fi
    done
  fi
  text=$gobin
  __gsw_encode
  __gsw_head=${(j.:.)removed}${removed:+:}GOBIN=$text=+ __gsw_tail=''
  if [[ -z $goroot ]]; then \builtin return 0; fi
  text=$goroot
  __gsw_encode
  __gsw_tail=:GOROOT=$text=
  if [[ -o interactive && $goroot != + && ":${__GSW_SAVED-}:" != *"$__gsw_tail:"* ]]; then
    \builtin print -ru2 -- "gsw: the exported GOROOT=${(q+)goroot#+} is unset here: go finds its own"
  fi
}

# Whether an entry of PATH is there for a Go that is not gsw's: the list of package activation. Uses bin and user. Each
# pattern has a go or a .gimme in it: __gsw_take_out looks for those first.
function __gsw_holds_go {
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
function __gsw_put_back {
  \builtin local text='' field=''
  \builtin local -a there
  \builtin local -i count=0
  there=("${rest[@]}")
  for field in "${(@Oa)removed}"; do
    text=${field#*=+}
    __gsw_decode
    if ((${there[(Ie)$text]})); then \builtin continue; fi # on PATH again already
    count=$(($#rest - 10#${field%%=*}))
    if ((count < 0)); then count=0; fi
    rest=("${(@)rest[1,count]}" "$text" "${(@)rest[count + 1,-1]}")
  done
}

# Writes text as a value in __GSW_SAVED, and back.
function __gsw_encode { text=${${${text//\%/%25}//:/%3A}//\=/%3D}; }

function __gsw_decode { text=${${${text//\%3D/=}//\%3A/:}//\%25/%}; }

# The program, wherever it is now.
function __gsw_call {
  if [[ -x $__gsw_self ]]; then
    "$__gsw_self" "$@"
  else
    \builtin command gsw "$@"
  fi
}

# gsw as a command of this shell.
function __gsw_command {
  if __gsw_load; then __gsw_run "$@"; else __gsw_call "$@"; fi
}
function gsw { __gsw_command "$@"; }
function goswitch { __gsw_command "$@"; }

#: later

# Lets gsw look at the tools before the next command is read: `go install` may have made one that hides a command of the
# system. Where that settles nothing (a home that can't be written) it is not tried again. Another GOBIN is not gsw's.
function __gsw_tools {
  \builtin emulate -L zsh
  if [[ ${GOBIN-} != "$__gsw_home"/* || $GOBIN == "$__gsw_unsettled" || ! -x $__gsw_self ]]; then \builtin return 0; fi
  "$__gsw_self" __prompt </dev/null || \builtin :
  \builtin hash -r # zsh remembers where it found a command
  if [[ $GOBIN -nt $__gsw_home/shims ]]; then __gsw_unsettled=$GOBIN; fi
}

# Sets profile to the variables of the profile that holds in PWD: gsw writes a line for each folder that has one, the
# deepest first, and last the one that holds everywhere.
function __gsw_find_profile {
  \builtin local line='' text=''
  while IFS= \builtin read -r line; do
    text=${line%%\=*}
    __gsw_decode
    if [[ $PWD/ == "$text"/* ]]; then
      profile=${line#*\=}
      \builtin return 0
    fi
  done <"$__gsw_home/resolve/.profiles"
}

# Sets folder to the toolchain that a spec means, if it is installed.
function __gsw_find {
  \builtin local note="$1" minor='' patch='' text=''
  if [[ $1 == (go|v|)1.(0|[1-9][0-9]#).(0|[1-9][0-9]#) && $#1 -lt 15 ]]; then
    minor=${${1#*.}%.*} patch=${1##*.}
    # Until Go 1.20 the first release of a line had two numbers.
    folder=$__gsw_home/versions/go1.$minor${${patch:#0}:+.$patch}
    if ((minor > 20 && patch == 0)); then folder+=.0; fi
    [[ -e $folder/receipt.json ]]
    \builtin return
  fi
  if __gsw_number "${1%.x}" && [[ -z $patch ]]; then
    if [[ $1 == go* && $1 != *.x ]] && ((minor < 21)); then
      folder=$__gsw_home/versions/$1 # the same, by its published name
      [[ -e $folder/receipt.json ]]
      \builtin return
    fi
    note=1.$minor
  fi
  if [[ $note != [a-z0-9^~=\<\>,\ -][a-z0-9.^~=\<\>,\ -]# ]]; then \builtin return 1; fi
  __gsw_slurp "$__gsw_home/resolve/$note" 4096 || \builtin return 1
  folder=${text%/go}
  [[ $text == /*/go && $text != *$'\n'* && -e $folder/receipt.json ]]
}

# Whether $1 is a release or a release line; sets minor, and patch to the third number or nothing.
function __gsw_number {
  minor='' patch=''
  case $1 in 1.?* | go1.?* | v1.?*) ;; *) \builtin return 1 ;; esac
  minor=${1#*.}
  if [[ $minor == *.* ]]; then
    patch=${minor#*.} minor=${minor%%.*}
    [[ $patch == (0|[1-9][0-9]#) && $#patch -lt 6 ]] || \builtin return 1
  fi
  [[ $minor == (0|[1-9][0-9]#) && $#minor -lt 6 ]]
}

# Whether a go line ($1) is content with a release ($2).
function __gsw_allows {
  \builtin local minor='' patch='' line='' least=''
  if [[ $1 != 1.* ]] || ! __gsw_number "$1"; then \builtin return 1; fi
  line=$minor least=${patch:-0}
  if [[ $2 != go* ]] || ! __gsw_number "$2"; then \builtin return 1; fi
  ((minor > line || minor == line && ${patch:-0} >= least))
}

# Sets spec to what the .go-version $why says: its first line that is neither blank nor a comment.
function __gsw_version_file {
  __gsw_slurp "$why" 1024 || \builtin return 1
  if [[ $text == [0-9a-z][0-9a-z.]# ]]; then
    spec=$text
    \builtin return 0
  fi
  for line in "${(@f)text#$'\xef\xbb\xbf'}"; do
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
function __gsw_tool_versions {
  __gsw_slurp "$why" 8192 || \builtin return 1
  \builtin local name=''
  for line in "${(@f)text#$'\xef\xbb\xbf'}"; do
    line=${line%%'#'*}
    __gsw_trim
    case $line in *go*) ;; *) \builtin continue ;; esac
    case $line in *[^[:alnum:][:blank:]._:@/+~^*=,-]*) \builtin return 1 ;; esac # Unicode has more blanks
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
function __gsw_module_file {
  why=${spec:+$why} why=${why:-$1}
  __gsw_slurp "$1" 262144 || \builtin return 1
  case $text in $'\xef\xbb\xbf'*) \builtin return 1 ;; esac
  \builtin local -a lines found
  lines=("${(@f)text}")
  found=("${(@M)lines:#[[:blank:]]#(go|toolchain)[[:blank:]\"\`]*}")
  line=''
  if [[ -n ${found[(r)[[:blank:]]#go*]-} ]]; then
    line=${${found[(r)[[:blank:]]#go*]}%%//*}
    __gsw_trim
    line=${line#go}
    __gsw_trim
    [[ $line == 1.* ]] && __gsw_number "$line" || \builtin return 1
  fi
  case $1 in
  */go.work) if [[ -z $work ]]; then work=$1 minimum=$line; fi ;;
  *) if [[ -z $work$module ]]; then module=$1 minimum=$line; fi ;;
  esac
  if [[ -n $spec || -z ${found[(r)[[:blank:]]#toolchain*]-} ]]; then \builtin return 0; fi
  why=$1 line=${${found[(r)[[:blank:]]#toolchain*]}%%//*}
  __gsw_trim
  line=${line#toolchain}
  __gsw_trim
  case $line in
  default | local) ;;
  go*)
    __gsw_number "$line" && [[ -n $patch ]] || \builtin return 1
    spec=$line
    ;;
  *) \builtin return 1 ;;
  esac
}

# Reads a file into text. Fails for one that is not regular, too long or another user's, which does not count in a
# folder that is open to all.
function __gsw_slurp {
  \builtin local -a file
  file=("$1"(N-.UL-$2))
  if [[ -z ${file-} ]]; then
    file=("$1"(N-.u0L-$2))
    [[ -n ${file-} ]] || \builtin return 1
  fi
  [[ -r $1 ]] || \builtin return 1
  text=$(<"$1") # in zsh no process
  [[ $text != *$'\0'* ]]
}

# Whether a directory is root's.
function __gsw_roots {
  \builtin local -a dir
  dir=("$1"(N-u0))
  [[ -n ${dir-} ]]
}

# Takes the blanks off both ends of line.
function __gsw_trim {
  line=${line%$'\r'}
  line=${${line##[[:blank:]]#}%%[[:blank:]]#}
}

# Starts the one process, in this directory. Its error goes to the terminal, once.
function __gsw_ask {
  \builtin local text='' front='' rest=''
  if [[ ! -x $__gsw_self && ! -d $__gsw_home/bin ]]; then \builtin return 1; fi # gsw was uninstalled: not a word
  text=$(
    if [[ -x $__gsw_self ]]; then \builtin exec "$__gsw_self" env --shell zsh </dev/null; fi
    \builtin exec gsw env --shell zsh </dev/null
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
function __gsw_put_profile {
  \builtin local field='' name='' old='' text='' now=''
  __gsw_profile=${profile-}
  for field in "${(@s.:.)__gsw_profile}"; do
    name=${field%%\=*}
    if [[ $name != GO[A-Z0-9_]## || -n ${(P)name-} ]]; then \builtin continue; fi
    \builtin eval "old=\${$name+\"+\"}"
    text=${field#*\=}
    __gsw_tail+=:$name=$old=$text
    __gsw_decode
    __gsw_set "$name" "$text"
  done
  __gsw_now
  __gsw_theirs=$now
}

# Sets now to the variables of __gsw_profile as they stand.
function __gsw_now {
  \builtin local field='' name=''
  now=''
  for field in "${(@s.:.)__gsw_profile}"; do
    name=${field%%\=*}
    if [[ $name != GO[A-Z0-9_]## ]]; then \builtin continue; fi
    \builtin eval "now+=\":\${$name+=}\${$name-}\""
  done
}

# Whether somebody has changed one of the profile's variables.
function __gsw_touched {
  \builtin local now=''
  __gsw_now
  [[ $now != "$__gsw_theirs" ]]
}

# gsw as a command of this shell. `use --shell` can be done here only; what else changes the answer takes effect at once.
function __gsw_run {
  \builtin emulate -L zsh
  \builtin local word='' verb='' spec='' here='' install='' other=''
  \builtin local -i result=0
  for word in "$@"; do
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
  \builtin return $result
}

# Makes spec the Go of this shell, or the directory's again if there is none.
function __gsw_use {
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

# The user's options hold out here: to ksh_arrays an array is its first element, and with no_unset an empty one is an error.
function __gsw_join {
  \builtin emulate -L zsh
  \builtin typeset -ga precmd_functions chpwd_functions
  precmd_functions=("${(@)precmd_functions:#__gsw_prompt}" __gsw_prompt)
  chpwd_functions=("${(@)chpwd_functions:#__gsw_prompt}" __gsw_prompt)
}
if [[ -o interactive ]]; then __gsw_join; fi

# Not only at the first prompt: `zsh -ic 'go version'` has none, and editors read a shell's environment that way.
__gsw_look || \builtin :
# What the rest of the rc files does to PATH is not the user's word yet: the first prompt looks again.
__gsw_dir=''
