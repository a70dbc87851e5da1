# gsw's hook for fish 3.6 and newer: at each prompt and each change of directory the Go of this directory becomes `go`.
#
# It decides with builtins alone and starts a process only for what builtins can't tell for certain: then `gsw env` is
# asked, once. What it does to the environment is what package activation does, byte for byte; but fish itself makes a
# dot of an empty entry of PATH, before any hook can see it.
#
# To fish a command substitution is dear, and a named group of a regular expression, which sets a variable, cheap; one
# that fails to match empties it. A variable with --path splits at colons and joins with them. Nothing here is split at
# newlines. Functions with -S see the variables of their callers. fish itself keeps functions from taking the names of
# set, read, string, test and status; the other builtins are called by `builtin`.

set -g __gsw_home '@HOME@'
set -g __gsw_self '@SELF@'
if string match -q '/?*' -- "$GSW_HOME"
    set -g __gsw_home $GSW_HOME
    if string match -rq '(?s)^(?<__gsw_asks>.+)/\z' -- $__gsw_home
        set __gsw_home $__gsw_asks
    end
else if test "$__gsw_home" != "$HOME/.gsw"
    set -gx GSW_HOME $__gsw_home
end
set -g __gsw_below (string escape --style=regex -- "$__gsw_home" | string collect) # a pattern: home

# What the last look saw and did; empty: look again.
set -g __gsw_place '' # GSW_VERSION and PWD then
set -g __gsw_path '' # PATH then
set -g __gsw_asks ''
set -g __gsw_question '' # what gsw itself was asked last, while its answer holds
set -g __gsw_front '' # what PATH begins with
set -g __gsw_made '' # PATH as the hook made it
set -g __gsw_rest # what comes behind front
set -g __gsw_gobin '' # GOBIN and __GSW_SAVED
set -g __gsw_saved ''
set -g __gsw_head '' # __GSW_SAVED is these two around the value of GOBIN
set -g __gsw_tail ''
set -g __gsw_unsettled '' # the GOBIN that gsw looked at in vain
set -g __gsw_profile '' # the profile's variables as gsw wrote them down, and as they stood then
set -g __gsw_theirs ''
set -g __gsw_present ''

# At each prompt and each cd.
function __gsw_prompt
    if test "$GSW_VERSION//$PWD//$PATH" != "$__gsw_place//$__gsw_path"
        __gsw_look
    end
    # gsw gives shims/ the time of the GOBIN it has looked at: a tool came or went since.
    if test "$GOBIN" -nt "$__gsw_home/shims"
        __gsw_tools
    end
    builtin true
end

# Lets gsw look at the tools before the next command is read: `go install` may have made one that hides a command of the
# system. Where that settles nothing (a home that can't be written) it is not tried again. Another GOBIN is not gsw's.
function __gsw_tools
    string match -rq "(?s)^$__gsw_below/" -- "$GOBIN"; or return 0
    if test "$GOBIN" = "$__gsw_unsettled"; or not test -x "$__gsw_self"
        return 0
    end
    $__gsw_self __prompt </dev/null
    if test "$GOBIN" -nt "$__gsw_home/shims"
        set -g __gsw_unsettled $GOBIN
    end
end

# Looks again: another directory, another GSW_VERSION or another PATH.
function __gsw_look
    if test "$GSW_VERSION//$PWD" = "$__gsw_place"; and test -n "$__gsw_front"
        if string replace -q -- ":$__gsw_front:" '' ":$PATH:"
            set -g __gsw_path "$PATH" # somebody put something before or after it (a virtual environment): theirs to say
            return 0
        end
    end
    if test "$PATH" != "$__gsw_path"
        set -g __gsw_question '' # what the answer did is undone
    end
    set -g __gsw_place "$GSW_VERSION//$PWD"
    set -g __gsw_asks "$GSW_VERSION"

    set -l answer ''
    set -l folder ''
    set -l why ''
    set -l minimum ''
    set -l question ''
    set -l profile ''
    if test -r "$__gsw_home/resolve/.profiles"
        __gsw_find_profile
    end
    __gsw_decide; or set answer ask
    switch $answer
        case pin
            __gsw_enter "$folder/go/bin:$folder/bin:$__gsw_home/bin" "$folder/bin"
        case default
            __gsw_enter "$__gsw_home/bin:$__gsw_home/current/bin" "$__gsw_home/current/bin"
        case system
            __gsw_leave
        case '*'
            set question "$question|$profile"
            if test -z "$__gsw_question"; or test "$question" != "$__gsw_question"
                set -g __gsw_question $question
                __gsw_ask; or __gsw_fall_back
            end
            set -g __gsw_path "$PATH"
            return 0
    end
    set -g __gsw_question ''
    set -g __gsw_path "$PATH"
end

# Sets profile to the variables of the profile that holds in PWD: gsw writes a line for each folder that has one, the
# deepest first, and last the one that holds everywhere.
function __gsw_find_profile -S
    set -l line ''
    set -l text ''
    set -l fields ''
    while read line
        string match -rq '^(?<text>[^=]*)=(?<fields>.*)\z' -- $line; or continue
        __gsw_decode
        # No folder's path has two slashes in a row.
        if string replace -q -- "//$text/" '' "//$PWD/"
            set profile $fields
            return 0
        end
    end <"$__gsw_home/resolve/.profiles"
end

# Sets answer, and folder for a pin. Fails where builtins can't tell; question then is all that the answer depends on.
function __gsw_decide -S
    set -l spec ''
    set -l tag ''
    if test -n "$__gsw_asks"
        set spec $__gsw_asks
        set why GSW_VERSION
    else
        if not __gsw_walk
            set question "$PWD|$why|$spec|$minimum"
            return 1
        end
    end
    set question "$why|$spec|$minimum"
    if test -e "$__gsw_home/resolve/.ask"
        return 1 # there are settings that a hook knows nothing of
    end
    if test -n "$spec"
        __gsw_find "$spec"; or return 1
        set answer pin
        test -n "$minimum"; or return 0
        string match -rq '(?s)/(?<tag>[^/]*)\z' -- "$folder"
    else if test -e "$__gsw_home/current/receipt.json"
        set answer default
        test -n "$minimum"; or return 0
        test -r "$__gsw_home/current/go/VERSION"; or return 1
        read tag <"$__gsw_home/current/go/VERSION"
        set question "$question|$tag"
    else if test -L "$__gsw_home/current"; or test -n "$minimum"
        return 1
    else
        set answer system
        return 0
    end
    __gsw_allows "$minimum" "$tag"
end

# Sets folder to the toolchain that a spec means, if it is installed.
function __gsw_find -S
    set -l note $argv[1]
    set -l goroot ''
    set -l minor ''
    set -l patch ''
    set folder ''
    if string match -rq '^(?:go|v)?1\.(?<minor>0|[1-9][0-9]{0,4})(?:\.(?<patch>0|[1-9][0-9]{0,4}))?\z' -- "$note"
        if test -n "$patch"
            # Until Go 1.20 the first release of a line had two numbers.
            set folder "$__gsw_home/versions/go1.$minor"
            if test $minor -gt 20; or test $patch -gt 0
                set folder "$folder.$patch"
            end
        else if string match -q 'go*' -- $note; and test $minor -lt 21
            set folder "$__gsw_home/versions/$note" # the same, by its published name
        end
        if test -n "$folder"
            test -e "$folder/receipt.json"
            return
        end
        set note "1.$minor"
    else if string match -rq '^(?:go|v)?1\.(?<minor>0|[1-9][0-9]{0,4})\.x\z' -- "$note"
        set note "1.$minor"
    end
    string match -rq '^[0-9a-z^~=<>, -][0-9a-z.^~=<>, -]{0,63}\z' -- "$note"; or return 1
    test -f "$__gsw_home/resolve/$note"; and test -r "$__gsw_home/resolve/$note"; or return 1
    read goroot <"$__gsw_home/resolve/$note"
    string match -rq '^(?<folder>/.+)/go\z' -- "$goroot"; or return 1
    test -e "$folder/receipt.json"
end

# Whether a go line ($argv[1]) is content with a release ($argv[2]).
function __gsw_allows
    set -l number '1\.(?<minor>0|[1-9][0-9]{0,4})(?:\.(?<patch>0|[1-9][0-9]{0,4}))?\z'
    set -l minor ''
    set -l patch ''
    string match -rq "^$number" -- $argv[1]; or return 1
    set -l line $minor
    set -l least $patch
    test -n "$least"; or set least 0
    string match -rq "^go$number" -- $argv[2]; or return 1
    test -n "$patch"; or set patch 0
    test $minor -gt $line; and return 0
    test $minor -eq $line; and test $patch -ge $least
end

# Goes up from PWD for a pin, which sets spec and why, and for a go line, which sets minimum: that of the nearest go.work,
# else that of the nearest go.mod. Fails where something can't be judged here.
function __gsw_walk -S
    set -l dir $PWD
    set -l text ''
    set -l work ''
    set -l module ''
    set -l pinned ''
    string match -q '/*' -- $dir; or return 1
    test "$dir" != /; or set dir ''
    set -l below $dir
    switch "$GOWORK"
        case '' auto
        case '*'
            return 1
    end
    while true
        if test -e "$dir/go.mod" -o -e "$dir/go.work" -o -z "$pinned" -a -e "$dir/.go-version" -o -z "$pinned" -a -e "$dir/.tool-versions"
            set why $dir
            # The search ends at another user's directory, unless it is root's, and a builtin knows only one's own. What
            # is found beyond such a one is not for this function to use.
            while true
                test -O "$below/"; or return 1
                test "$below" != "$dir"; or break
                string match -rq '(?s)^(?<below>.*)/' -- $below
            end
            if test -z "$spec"; and test -e "$dir/.go-version"
                set why "$dir/.go-version"
                __gsw_version_file; or return 1
            end
            if test -z "$spec"; and test -e "$dir/.tool-versions"
                set why "$dir/.tool-versions"
                __gsw_tool_versions; or return 1
            end
            test -z "$spec"; or set pinned yes # which test can't take for an operator
            if test -z "$pinned" -o -z "$work"; and test -e "$dir/go.work"
                __gsw_module_file "$dir/go.work"; or return 1
            end
            test -z "$spec"; or set pinned yes
            if test -z "$pinned" -o -z "$work$module"; and test -e "$dir/go.mod"
                __gsw_module_file "$dir/go.mod"; or return 1
            end
            test -z "$spec"; or set pinned yes
        end
        if test -z "$dir"
            return 0
        end
        if test -n "$pinned"; and test -n "$work"
            return 0
        end
        string match -rq '(?s)^(?<dir>.*)/' -- $dir
    end
end

# Sets spec to what the .go-version $why says: its first line that is neither blank nor a comment.
function __gsw_version_file -S
    __gsw_slurp $why 1024; or return 1
    string match -rq '\A(?<spec>[0-9a-z][0-9a-z.]*)\n?\z' -- $text; and return 0
    # Where there is none, it is an error, and gsw's to tell.
    string match -rq '\A\x{FEFF}?(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?<spec>[^\s#][^\n]*?)[ \t]*\r?(?:\n|\z)' -- $text
end

# Sets spec to what the .tool-versions $why says of Go, if it does: the first version in the first line for it.
function __gsw_tool_versions -S
    __gsw_slurp $why 8192; or return 1
    string match -rq '\A\x{FEFF}?(?<text>(?s:.*))\z' -- $text
    # Unicode has more blanks.
    string match -rq '(?m)^(?=[^#\n]*go)[^#\n]*[^][:alnum:] \t\r\n._:@/+~^*=,#-]' -- $text; and return 1
    string match -rq '(?m)^[ \t]*(?:golang|go)(?=[ \t\r#]|$)' -- $text; or return 0
    string match -rq '(?m)^[ \t]*(?:golang|go)(?=[ \t\r#]|$)[ \t]*(?<spec>[^\s#]*)' -- $text
    test -n "$spec"
end

# Reads the go.mod or go.work $argv[1]: its toolchain line is a pin if there is none yet, its go line may be the minimum.
function __gsw_module_file -S
    set -l found ''
    set -l line ''
    set -l word ''
    test -n "$spec"; or set why $argv[1]
    __gsw_slurp $argv[1] 262144; or return 1
    string match -rq '\A\x{FEFF}' -- $text; and return 1
    if string match -rq '(?m)^[ \t]*go(?<found>[ \t"`][^\n]*)' -- $text
        string match -rq '^[ \t]+(?<line>1\.(?:0|[1-9][0-9]{0,4})(?:\.(?:0|[1-9][0-9]{0,4}))?)[ \t]*\r?(?://.*)?\z' -- $found
        or return 1
    end
    if string match -q '*/go.work' -- $argv[1]
        if test -z "$work"
            set work $argv[1]
            set minimum "$line"
        end
    else if test -z "$work$module"
        set module $argv[1]
        set minimum "$line"
    end
    test -z "$spec"; or return 0
    string match -rq '(?m)^[ \t]*toolchain(?<found>[ \t"`][^\n]*)' -- $text; or return 0
    set why $argv[1]
    string match -rq '^[ \t]+(?<word>default|local|go1\.(?:0|[1-9][0-9]{0,4})\.(?:0|[1-9][0-9]{0,4}))[ \t]*\r?(?://.*)?\z' -- $found
    or return 1
    string match -q 'go*' -- $word; and set spec $word
    return 0
end

# Reads a file into text. Fails for one that is not regular or another user's, which does not count in a folder that is
# open to all, and for one that holds a NUL or more than $argv[2] bytes.
function __gsw_slurp -S
    test -f $argv[1]; and test -r $argv[1]; and test -O $argv[1]; or return 1
    set -l fish_read_limit $argv[2]
    set text ''
    read -z text <$argv[1]
    test $status -lt 2; or return 1
    not string match -rq '\x00' <$argv[1]
end

# Starts the one process, in this directory. Its error goes to the terminal, once.
function __gsw_ask -S
    set -l lines
    if not test -x "$__gsw_self"; and not test -d "$__gsw_home/bin"
        return 1 # gsw was uninstalled: not a word
    else if test -x "$__gsw_self"
        set lines ($__gsw_self env --shell fish </dev/null); or return 1
    else if command --query gsw
        set lines (command gsw env --shell fish </dev/null); or return 1
    else
        builtin printf 'gsw: %s is gone\n' (string escape -- $__gsw_self) >&2
        return 1
    end
    for line in $lines
        eval $line; or return 1
    end
    # Where gsw's own entries end on PATH now: if they go, it is time to look again.
    set -l --path front
    for line in $PATH
        string match -rq "(?s)^$__gsw_below/" -- "$line"; or break
        set -a front $line
    end
    set -g __gsw_front "$front"
    set -g __gsw_made ''
    set -g __gsw_saved ''
end

# gsw gave no answer: what the shell gets is what it would get without a pin, never what another project left behind.
function __gsw_fall_back -S
    if test -e "$__gsw_home/current/receipt.json"
        __gsw_enter "$__gsw_home/bin:$__gsw_home/current/bin" "$__gsw_home/current/bin"
    else
        __gsw_leave
    end
end

# Makes PATH begin with $argv[1] and GOBIN be $argv[2].
function __gsw_enter -S
    set -l gobin ''
    set -l goroot ''
    set -l removed
    set -l rest
    if test -z "$__gsw_saved"; or test "$__GSW_SAVED//$PATH//$GOBIN//$profile" != "$__gsw_saved//$__gsw_made//$__gsw_gobin//$__gsw_profile"
        or __gsw_is GOROOT; or __gsw_touched
        __gsw_undo
        __gsw_take_out
        set -g __gsw_profile ''
        set -g __gsw_theirs ''
        if test -n "$profile"
            __gsw_put_profile
        end
        set -g __gsw_rest $rest
    end
    set -l text $argv[2]
    __gsw_encode
    set -gx PATH $argv[1] $__gsw_rest
    set -gx GOBIN $argv[2]
    set -gx __GSW_SAVED "$__gsw_head$text$__gsw_tail"
    __gsw_set GOROOT ''
    set -g __gsw_front $argv[1]
    set -g __gsw_made "$PATH"
    set -g __gsw_gobin $argv[2]
    set -g __gsw_saved $__GSW_SAVED
end

# Gives back what was there before; gsw itself stays within reach.
function __gsw_leave -S
    set -l gobin ''
    set -l goroot ''
    set -l removed
    set -l rest
    __gsw_undo
    __gsw_put_back
    set -g __gsw_front ''
    set -g __gsw_made ''
    set -g __gsw_saved ''
    __gsw_set GOBIN "$gobin"
    __gsw_set GOROOT "$goroot"
    set -eg __GSW_SAVED
    set -gx PATH $rest "$__gsw_home/bin"
    set -g __gsw_tail ''
    set -g __gsw_profile ''
    set -g __gsw_theirs ''
    if test -n "$profile"
        __gsw_put_profile
    end
    if string match -rq '(?s)^:(?<rest>.+)\z' -- $__gsw_tail
        set -gx __GSW_SAVED $rest
    end
end

# Undoes what __GSW_SAVED tells: sets gobin and goroot to the user's (+value, or nothing if not set), rest to the entries
# of PATH without gsw's, and removed to the fields of those that were removed from it. Other GO variables, which only gsw
# itself changes, are restored at once.
function __gsw_undo -S
    set -l own $__gsw_below
    set -l text ''
    set -l name ''
    set -l old ''
    set -l new ''
    if string match -rq '(?s)^(?<text>/.+?)/?\z' -- "$GSW_SYSTEM"
        set own "$own|"(string escape --style=regex -- "$text" | string collect)
    end
    set own "(?s)^\+?(?:$own)/."
    set gobin ''
    set goroot ''
    set removed
    __gsw_is GOBIN; and set gobin "+$GOBIN"
    __gsw_is GOROOT; and set goroot "+$GOROOT"
    set -l --path fields "$__GSW_SAVED"
    for field in $fields
        if string match -rq '(?s)^(?:0|[1-9][0-9]{0,5})=\+' -- $field
            set -a removed $field
        else if string match -rq '(?s)^(?<name>GO[A-Z0-9_]+)=(?<old>(?:\+[^=]*)?)=(?<new>(?:\+.*)?)\z' -- $field
            set text ''
            __gsw_is $name; and set text "+$$name"
            __gsw_encode
            test "$text" = "$new"; or continue # changed since, and the user's now
            set text "$old"
            __gsw_decode
            switch $name
                case GOBIN
                    set gobin $text
                case GOROOT
                    set goroot $text
                case '*'
                    __gsw_set $name "$text"
            end
        end
    end
    # What lies below gsw's home was never the user's: __GSW_SAVED may have been lost on the way.
    string match -rq $own -- $gobin; and set gobin ''
    string match -rq $own -- $goroot; and set goroot ''
    set rest $PATH
    string match -rq $own -- $PATH; or return 0
    set rest
    for text in $PATH
        string match -rq $own -- $text; or set -a rest $text
    end
end

# Removes from rest what is there for another Go, and notes it all in __gsw_head and __gsw_tail.
function __gsw_take_out -S
    set -l user "$HOME"
    set -l bin ''
    set -l text ''
    set -l known ''
    string match -rq '(?s)^(?<user>.*)/\z' -- "$HOME"; or set user "$HOME"
    string match -rq '(?s)^\+?(?<bin>.*?)/?\z' -- $goroot
    # GOROOT=/usr is what some distributions have, and /usr/bin must stay.
    switch "$bin"
        case '' /usr /usr/local /opt/homebrew /opt/local /snap
            set bin /usr/local/go
    end
    if test "$bin" = "$user"; or test "$bin" = "$user/.local"
        set bin /usr/local/go
    end
    test -n "$user"; or set user //
    # A pattern for what is there for a Go that is not gsw's: the list of package activation.
    set known (string escape --style=regex -- $bin | string collect)"/bin|/usr/local/go/bin|/usr/lib/go/bin|/usr/lib/go-.*/bin|"\
"/usr/lib/golang/bin|/opt/go/bin|/snap/go/.*/bin|/opt/homebrew/opt/go.*/libexec/bin|/usr/local/opt/go.*/libexec/bin|"\
"/home/linuxbrew/.linuxbrew/opt/go.*/libexec/bin|"(string escape --style=regex -- $user | string collect)"/(?:"\
"sdk/go.*/bin|go/pkg/mod/golang\.org/toolchain@.*/bin|\.goenv/shims|\.goenv/versions/.*/bin|\.gvm/gos/.*/bin|"\
"\.asdf/installs/golang/.*/go/bin|\.local/share/mise/installs/go/.*/bin|\.local/share/rtx/installs/go/.*/bin|"\
"\.g/go/bin|\.go/bin|\.go/current/bin|\.gobrew/current/bin|\.gobrew/current/go/bin|\.gimme/versions/.*/bin|"\
"\.version-fox/sdks/golang/bin|\.version-fox/cache/golang/.*/bin|\.vfox/sdks/golang/bin|\.vfox/cache/golang/.*/bin)"
    set known "(?s)^(?:$known)/?\z"
    if string match -rq $known -- $rest
        # Somebody put one on PATH since: the whole list is made anew, each entry in its place.
        __gsw_put_back
        set -l list $rest
        set -l count (builtin count $list)
        set rest
        set removed
        for entry in $list
            set count (builtin math $count - 1)
            if string match -rq $known -- $entry
                set text $entry
                __gsw_encode
                set -a removed "$count=+$text"
            else
                set -a rest $entry
            end
        end
    end
    set text "$gobin"
    __gsw_encode
    set -l --path fields $removed "GOBIN=$text=+"
    set -g __gsw_head "$fields"
    set -g __gsw_tail ''
    test -n "$goroot"; or return 0
    set text $goroot
    __gsw_encode
    set -g __gsw_tail ":GOROOT=$text="
    if status is-interactive; and test "$goroot" != +; and not string replace -q -- "$__gsw_tail:" '' ":$__GSW_SAVED:"
        string match -rq '(?s)^\+(?<text>.*)\z' -- $goroot
        builtin printf 'gsw: the exported GOROOT=%s is unset here: go finds its own\n' (string escape -- $text) >&2
    end
end

# Puts the entries of removed back into rest, each where as many entries come after it as once did.
function __gsw_put_back -S
    set -l text ''
    set -l after ''
    set -l there $rest
    for field in $removed[-1..1]
        string match -rq '(?s)^(?<after>[0-9]+)=\+(?<text>.*)\z' -- $field
        __gsw_decode
        builtin contains -- "$text" $there; and continue # on PATH again already
        set -l at (builtin math (builtin count $rest) - $after)
        if test $after -eq 0
            set -a rest $text
        else if test $at -le 0
            set -p rest $text
        else
            set rest $rest[1..$at] "$text" $rest[(builtin math $at + 1)..-1]
        end
    end
end

# Gives variable $argv[1] the value behind the plus sign of $argv[2], or unsets it if there is none. A variable that is
# exported for good (set -Ux) is not the hook's to erase, and no variable hides it from programs but an exported one: an
# empty one, which the go command takes for none.
function __gsw_set
    set -l value ''
    set -qg $argv[1]; and set -eg $argv[1]
    if string match -rq '(?s)^\+(?<value>.*)\z' -- $argv[2]
        set -qUx $argv[1]; and test "$$argv[1]" = "$value"; or set -gx $argv[1] "$value"
    else if set -qUx $argv[1]
        set -gx $argv[1] ''
    end
end

# Whether a variable is exported, and not hidden by __gsw_set.
function __gsw_is
    set -qx $argv[1]; or return 1
    test -n "$$argv[1]"; or not set -qUx $argv[1]
end

# Writes text as a value in __GSW_SAVED, and back. The dot keeps newlines at the end from being cut off.
function __gsw_encode -S
    string match -rq '[%:=]' -- "$text"; or return 0
    set text "$(string replace -a % %25 -- "$text." | string replace -a : %3A | string replace -a = %3D)"
    string match -rq '(?s)^(?<text>.*)\.\z' -- $text
end

function __gsw_decode -S
    string match -q '*%*' -- "$text"; or return 0
    set text "$(string replace -a %3D = -- "$text." | string replace -a %3A : | string replace -a %25 %)"
    string match -rq '(?s)^(?<text>.*)\.\z' -- $text
end

# Exports the variables of profile, but for those that the user has set, and notes them in __gsw_tail.
function __gsw_put_profile -S
    set -l name ''
    set -l text ''
    set -l --path fields "$profile"
    set -g __gsw_profile "$profile"
    for field in $fields
        string match -rq '(?s)^(?<name>GO[A-Z0-9_]+)=(?<text>\+.*)\z' -- $field; or continue
        test -z "$$name"; or continue
        set -l old ''
        __gsw_is $name; and set old +
        set -g __gsw_tail "$__gsw_tail:$name=$old=$text"
        __gsw_decode
        __gsw_set $name $text
    end
    __gsw_now
    set -g __gsw_theirs $__gsw_present
end

# Sets __gsw_present to the variables of __gsw_profile as they stand.
function __gsw_now
    set -l name ''
    set -l --path fields "$__gsw_profile"
    set -g __gsw_present ''
    for field in $fields
        string match -rq '^(?<name>GO[A-Z0-9_]+)=' -- $field; or continue
        set __gsw_present "$__gsw_present:"
        __gsw_is $name; and set __gsw_present "$__gsw_present=$$name"
    end
end

# Whether somebody has changed one of the profile's variables.
function __gsw_touched
    test -n "$__gsw_profile"; or return 1
    __gsw_now
    test "$__gsw_present" != "$__gsw_theirs"
end

# The program, wherever it is now.
function __gsw_call
    if test -x "$__gsw_self"
        $__gsw_self $argv
    else
        command gsw $argv
    end
end

# gsw as a command of this shell. `use --shell` can be done here only; what else changes the answer takes effect at once.
function __gsw_command
    set -l verb ''
    set -l spec ''
    set -l here ''
    set -l install ''
    set -l other ''
    for word in $argv
        switch $word
            case --
                break
            case '' # gsw tells that it is no SPEC
                set other other
            case -s --shell
                set here here
            case -i --install
                set install yes
            case -is -si
                set here here
                set install yes
            case --unset # the same as no SPEC
            case -q --quiet
            case '-*'
                set other other
            case '*'
                if test -z "$verb"
                    set verb $word
                else if test -z "$spec"
                    set spec $word
                else
                    set other other
                end
        end
    end
    switch "$here$other-$verb"
        case here-use here-shell -shell
            __gsw_use
        case '*'
            __gsw_call $argv
    end
    set -l result $status
    switch "$verb"
        case '' '+*' current doctor env exec help list list-remote ls ls-remote run verify version where which why x
        case '*'
            set -g __gsw_place ''
            set -g __gsw_question ''
            __gsw_look
    end
    return $result
end

# Makes spec the Go of this shell, or the directory's again if there is none.
function __gsw_use -S
    if test -z "$spec"
        set -eg GSW_VERSION
        return 0
    end
    if test -n "$install"
        __gsw_call install "$spec" >/dev/null; or return
    end
    __gsw_call env "$spec" >/dev/null; or return # is it one, and installed?
    set -gx GSW_VERSION $spec
end

# A plugin for git has `gsw` as an abbreviation of `git switch`. In fish before 3.6 abbreviations are kept for good, and
# not for a hook to remove; it has no other builtin that this file needs, either.
if builtin --query abbr
    for word in gsw goswitch
        builtin abbr --query $word; and builtin abbr --erase $word
    end

    function gsw --description 'switch Go versions'
        __gsw_command $argv
    end
    function goswitch --description 'switch Go versions'
        __gsw_command $argv
    end

    if status is-interactive
        function __gsw_event --on-event fish_prompt --on-variable PWD
            # (cd x; pwd) is over before anybody could use what it has changed.
            status is-command-substitution; or __gsw_prompt
        end
    end

    # Not only at the first prompt: `fish -ic 'go version'` has none, and editors read a shell's environment that way.
    __gsw_look
    # What the rest of config.fish does to PATH is not the user's word yet: the first prompt looks again.
    set -g __gsw_place ''
else
    set -gx PATH $__gsw_home/shims $__gsw_home/bin $PATH
    builtin echo 'gsw: fish 3.6 or newer is needed to switch at the prompt; shims do it here' >&2
end
