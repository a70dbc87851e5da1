# gsw's hook for elvish 0.19 and newer: at each prompt and each change of directory the Go of this directory becomes `go`.
#
# It decides with builtins alone and starts a process only for what builtins can't tell for certain: then `gsw env` is
# asked, once. What it does to the environment is what package activation does, byte for byte. elvish has no builtin that
# tells whose a file is: pins outside of the user's home are always asked about.
use path
use re
use str

var home = '@HOME@'
var self = '@SELF@'
if (re:match '(?s)^/.' $E:GSW_HOME) {
  set home = (str:trim-suffix $E:GSW_HOME /)
} elif (not-eq $home $E:HOME/.gsw) {
  set-env GSW_HOME $home
}

# What the last look saw and did; empty: look again.
var place = '' # GSW_VERSION and the directory then
var seen = '' # PATH then
var question = '' # what gsw itself was asked last, while its answer holds
var front = '' # what PATH begins with
var made = '' # PATH, GOBIN and __GSW_SAVED as the hook made them
var gobin-made = ''
var saved = ''
var rest-made = []
var head = '' # __GSW_SAVED is these two around the value of GOBIN
var tail = ''
var profile-made = '' # the profile's variables as gsw wrote them down, and as they stood then
var theirs = ''
var tools = [''] # a GOBIN and what was in it

fn is-file {|f| path:is-regular &follow-symlink=$true $f }
fn there {|f| or (is-file $f) (path:is-dir &follow-symlink=$true $f) }

fn encode {|text| put (str:replace = %3D (str:replace : %3A (str:replace % %25 $text))) }
fn decode {|text| put (str:replace %25 % (str:replace %3A : (str:replace %3D = $text))) }

# A variable as +value, or nothing if it is not set; and back.
fn current {|name| if (has-env $name) { put +(get-env $name) } else { put '' } }
fn restore {|name value|
  if (str:has-prefix $value +) { set-env $name $value[1..] } else { unset-env $name }
}

fn entries {|text| if (eq $text '') { put [] } else { put [(str:split : $text)] } }

# Whether a path lies below one of gsw's homes.
fn own {|text|
  var short = (str:trim-suffix $text /)
  if (str:has-prefix $short $home/) {
    put $true
  } elif (re:match '(?s)^/.' $E:GSW_SYSTEM) {
    str:has-prefix $short (str:trim-suffix $E:GSW_SYSTEM /)/
  } else {
    put $false
  }
}

# Undoes what __GSW_SAVED tells: gives GOBIN and GOROOT of the user, the entries of PATH without gsw's, and those that were
# removed from it as [after text]. Other GO variables, which only gsw itself changes, are restored at once.
fn undo {
  var gobin = (current GOBIN)
  var goroot = (current GOROOT)
  var removed = []
  for field [(str:split : $E:__GSW_SAVED)] {
    if (re:match '(?s)^(0|[1-9][0-9]{0,5})=\+' $field) {
      var after text = (str:split &max=2 =+ $field)
      set removed = (conj $removed [$after (decode $text)])
    } elif (re:match '(?s)^GO[A-Z0-9_]+=(\+[^=]*)?=(\+.*)?$' $field) {
      var name old new = (str:split &max=3 = $field)
      if (not-eq (encode (current $name)) $new) {
        continue # changed since, and the user's now
      }
      set old = (decode $old)
      if (eq $name GOBIN) {
        set gobin = $old
      } elif (eq $name GOROOT) {
        set goroot = $old
      } else {
        restore $name $old
      }
    }
  }
  # What lies below gsw's home was never the user's: __GSW_SAVED may have been lost on the way.
  if (own (str:trim-prefix $gobin +)) { set gobin = '' }
  if (own (str:trim-prefix $goroot +)) { set goroot = '' }
  var rest = []
  for text (entries $E:PATH) {
    if (not (own $text)) { set rest = (conj $rest $text) }
  }
  if (eq $rest ['']) { set rest = [] } # a PATH of nothing but an empty entry is an empty PATH
  put $gobin $goroot $rest $removed
}

# Puts the removed entries back, each where as many entries come after it as once did.
fn put-back {|rest removed|
  var there = $rest
  var i = (count $removed)
  while (> $i 0) {
    set i = (- $i 1)
    var after text = (all $removed[$i])
    if (has-value $there $text) { continue } # on PATH again already
    var at = (- (count $rest) $after)
    if (< $at 0) { set at = (num 0) }
    set rest = [(all $rest[..$at]) $text (all $rest[$at..])]
  }
  put $rest
}

# A pattern for what is on PATH for a Go that is not gsw's: the list of package activation.
fn known {|goroot|
  var user = (str:trim-suffix $E:HOME /)
  var bin = (str:trim-suffix (str:trim-prefix $goroot +) /)
  # GOROOT=/usr is what some distributions have, and /usr/bin must stay.
  if (has-value ['' /usr /usr/local /opt/homebrew /opt/local /snap $user $user/.local] $bin) { set bin = /usr/local/go }
  if (eq $user '') { set user = // }
  var below = [
    'sdk/go.*/bin' 'go/pkg/mod/golang\.org/toolchain@.*/bin' '\.goenv/shims' '\.goenv/versions/.*/bin' '\.gvm/gos/.*/bin'
    '\.asdf/installs/golang/.*/go/bin' '\.local/share/mise/installs/go/.*/bin' '\.local/share/rtx/installs/go/.*/bin'
    '\.g/go/bin' '\.go/bin' '\.go/current/bin' '\.gobrew/current/bin' '\.gobrew/current/go/bin' '\.gimme/versions/.*/bin'
    '\.version-fox/sdks/golang/bin' '\.version-fox/cache/golang/.*/bin' '\.vfox/sdks/golang/bin' '\.vfox/cache/golang/.*/bin'
  ]
  put '(?s)^(?:'(str:join '|' [
    (re:quote $bin)/bin /usr/local/go/bin /usr/lib/go/bin '/usr/lib/go-.*/bin' /usr/lib/golang/bin /opt/go/bin '/snap/go/.*/bin'
    '/opt/homebrew/opt/go.*/libexec/bin' '/usr/local/opt/go.*/libexec/bin' '/home/linuxbrew/\.linuxbrew/opt/go.*/libexec/bin'
    (re:quote $user)'/(?:'(str:join '|' $below)')'
  ])')/?$'
}

# Removes from rest what is there for another Go, and notes it all in head and tail.
fn take-out {|gobin goroot rest removed|
  var pattern = (known $goroot)
  var foreign = $false
  for text $rest { if (re:match $pattern $text) { set foreign = $true } }
  if $foreign {
    # Somebody put one on PATH since: the whole list is made anew, each entry in its place.
    var list = (put-back $rest $removed)
    set rest removed = [] []
    var after = (count $list)
    for text $list {
      set after = (- $after 1)
      if (re:match $pattern $text) {
        set removed = (conj $removed [$after $text])
      } else {
        set rest = (conj $rest $text)
      }
    }
  }
  set head = (str:join : [(for r $removed { put (to-string $r[0])'=+'(encode $r[1]) }) GOBIN=(encode $gobin)=+])
  set tail = ''
  if (not-eq $goroot '') {
    set tail = :GOROOT=(encode $goroot)=
    if (and (not-eq $goroot +) (not (str:contains ':'$E:__GSW_SAVED':' $tail':'))) {
      echo 'gsw: the exported GOROOT='(repr $goroot[1..])' is unset here: go finds its own' >&2
    }
  }
  put $rest
}

# The profile's variables as they stand.
fn stand {
  for field [(str:split : $profile-made)] {
    if (re:match '^GO[A-Z0-9_]+=' $field) { put (current [(str:split &max=2 = $field)][0]) }
  } | str:join :
}

# Exports the variables of a profile, but for those that the user has set, and notes them in tail.
fn put-profile {|profile|
  set profile-made = $profile
  for field [(str:split : $profile)] {
    if (re:match '(?s)^GO[A-Z0-9_]+=\+' $field) {
      var name value = (str:split &max=2 = $field)
      var old = (current $name)
      if (> (count $old) 1) { continue }
      set tail = $tail':'$name'='$old'='$value
      set-env $name (decode $value)[1..]
    }
  }
  set theirs = (stand)
}

# Makes PATH begin with new-front and GOBIN be new-gobin, under a profile.
fn enter {|profile new-front new-gobin|
  if (or (eq $saved '') (not-eq $E:__GSW_SAVED $saved) (not-eq $E:PATH $made) (not-eq $E:GOBIN $gobin-made) (has-env GOROOT) ^
      (not-eq $profile $profile-made) (and (not-eq $profile '') (not-eq (stand) $theirs))) {
    var gobin goroot rest removed = (undo)
    set rest-made = (take-out $gobin $goroot $rest $removed)
    set profile-made theirs = '' ''
    if (not-eq $profile '') { put-profile $profile }
  }
  set front = $new-front
  set made = (str:join : [$front $@rest-made])
  set gobin-made = $new-gobin
  set saved = $head(encode $new-gobin)$tail
  set-env PATH $made
  set-env GOBIN $new-gobin
  set-env __GSW_SAVED $saved
  unset-env GOROOT
}

# Gives back what was there before; gsw itself stays within reach.
fn leave {|profile|
  var gobin goroot rest removed = (undo)
  set rest = (put-back $rest $removed)
  set front made saved tail profile-made theirs = '' '' '' '' '' ''
  restore GOBIN $gobin
  restore GOROOT $goroot
  unset-env __GSW_SAVED
  set-env PATH (str:join : [$@rest $home/bin])
  if (not-eq $profile '') { put-profile $profile }
  if (not-eq $tail '') { set-env __GSW_SAVED $tail[1..] }
}

# gsw gave no answer: what the shell gets is what it would get without a pin, never what another project left behind.
fn default {|profile|
  if (is-file $home/current/receipt.json) {
    enter $profile $home/bin:$home/current/bin $home/current/bin
  } else {
    leave $profile
  }
}

# The variables of the profile that holds here: gsw writes a line for each folder that has one, the deepest first, and
# last the one that holds everywhere.
fn find-profile {
  if (not (is-file $home/resolve/.profiles)) { put ''; return }
  for line [(from-lines < $home/resolve/.profiles)] {
    if (not (str:contains $line =)) { continue }
    var dir fields = (str:split &max=2 = $line)
    if (str:has-prefix $pwd/ (decode $dir)/) { put $fields; return }
  }
  put ''
}

# A small file's text. Fails for one that holds a NUL, or more than max characters.
fn text-of {|file max|
  if (not (is-file $file)) { fail odd }
  var text = (slurp < $file)
  if (or (> (count $text) $max) (str:contains $text "\x00")) { fail odd }
  put $text
}

fn groups {|pattern text|
  for match [(re:find &max=1 $pattern $text)] {
    for g $match[groups] { put $g[text] }
  }
}

var number = '1\.(0|[1-9][0-9]{0,4})(?:\.(0|[1-9][0-9]{0,4}))?'

# What a .go-version says: its first line that is neither blank nor a comment.
fn version-file {|file|
  for line [(str:split "\n" (str:trim-prefix (text-of $file 256) "\ufeff"))] {
    set line = (str:trim (str:trim-suffix $line "\r") " \t")
    if (and (not-eq $line '') (not (str:has-prefix $line '#'))) { put $line; return }
  }
  fail empty # an error, and gsw's to tell
}

# What a .tool-versions says of Go, if it does: the first version in the first line for it.
fn tool-versions {|file|
  for line [(str:split "\n" (str:trim-prefix (text-of $file 8192) "\ufeff"))] {
    set line = (str:trim (str:trim-suffix [(str:split &max=2 '#' $line)][0] "\r") " \t")
    if (not (str:contains $line go)) { continue }
    if (re:match '[^[:alnum:] \t._:@/+~^*=,-]' $line) { fail odd } # Unicode has more blanks
    var words = [(re:split '[ \t]+' $line)]
    if (not (has-value [golang go] $words[0])) { continue }
    put $words[1]
    return
  }
  put ''
}

# The go line and the toolchain of a go.mod or go.work.
fn module-file {|file|
  var text = (text-of $file 262144)
  if (str:has-prefix $text "\ufeff") { fail odd }
  var minimum toolchain = '' ''
  for g [(re:find &max=1 '(?m)^[ \t]*go([ \t"`].*)$' $text)] {
    var parts = [(groups '^[ \t]+('$number')[ \t]*\r?(?://.*)?$' $g[groups][1][text])]
    set minimum = $parts[1] # or fails
  }
  for g [(re:find &max=1 '(?m)^[ \t]*toolchain([ \t"`].*)$' $text)] {
    set toolchain = (str:trim [(str:split &max=2 // $g[groups][1][text])][0] " \t\r")
    if (eq $toolchain '') { set toolchain = odd }
  }
  put $minimum $toolchain
}

# Goes up from here for a pin, and for a go line: that of the nearest go.work, else that of the nearest go.mod. Gives the
# pin, that line and the file which decides; fails where something can't be judged here.
fn walk {
  var dir = (str:trim-suffix $pwd /)
  var user = (str:trim-suffix $E:HOME /)
  if (not (has-value ['' auto] $E:GOWORK)) { fail odd }
  var spec minimum why work module = '' '' '' '' ''
  while $true {
    if (or (there $dir/go.mod) (there $dir/go.work) (and (eq $spec '') (or (there $dir/.go-version) (there $dir/.tool-versions)))) {
      # The search ends at another user's directory, unless it is root's.
      if (or (eq $user '') (not (str:has-prefix $dir/ $user/))) { fail theirs }
      if (and (eq $spec '') (there $dir/.go-version)) {
        set why = $dir/.go-version
        set spec = (version-file $why)
      }
      if (and (eq $spec '') (there $dir/.tool-versions)) {
        set why = $dir/.tool-versions
        set spec = (tool-versions $why)
      }
      for name [go.work go.mod] {
        var file = $dir/$name
        var settled = (or (not-eq $work '') (and (eq $name go.mod) (not-eq $module '')))
        if (or (and (not-eq $spec '') $settled) (not (there $file))) { continue }
        if (eq $spec '') { set why = $file }
        var line toolchain = (module-file $file)
        if (not $settled) {
          set minimum = $line
          if (eq $name go.work) { set work = $file } else { set module = $file }
        }
        if (or (not-eq $spec '') (has-value ['' default local] $toolchain)) { continue }
        if (not (re:match '^go1\.(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})$' $toolchain)) { fail odd }
        set spec why = $toolchain $file
      }
    }
    if (or (eq $dir '') (and (not-eq $spec '') (not-eq $work ''))) { break }
    set dir = $dir[..(str:last-index $dir /)]
  }
  put $spec $minimum $why
}

# The folder of the toolchain that a spec means; fails if it is not installed.
fn find {|spec|
  var note = $spec
  var folder = ''
  var parts = [(groups '^(?:go|v)?'$number'$' $spec)]
  if (> (count $parts) 0) {
    var _ minor patch = $@parts
    if (not-eq $patch '') {
      # Until Go 1.20 the first release of a line had two numbers.
      set folder = $home/versions/go1.$minor(if (or (> $minor 20) (> $patch 0)) { put .$patch } else { put '' })
    } elif (and (str:has-prefix $spec go) (< $minor 21)) {
      set folder = $home/versions/$spec # the same, by its published name
    }
    set note = 1.$minor
  } elif (re:match '^(go|v)?1\.(0|[1-9][0-9]{0,4})\.x$' $spec) {
    set note = (str:trim-suffix (str:trim-left $spec gov) .x)
  }
  if (eq $folder '') {
    if (not (re:match '^[0-9a-z^~=<>, -][0-9a-z.^~=<>, -]{0,63}$' $note)) { fail odd }
    var text = (str:trim-suffix (text-of $home/resolve/$note 4096) "\n")
    if (not (re:match '^/.+/go$' $text)) { fail odd }
    set folder = (str:trim-suffix $text /go)
  }
  if (not (is-file $folder/receipt.json)) { fail missing }
  put $folder
}

# Fails unless a go line is content with a release.
fn allows {|minimum tag|
  var _ line least = (groups '^'$number'$' $minimum)
  var _ minor patch = (groups '^go'$number'$' $tag)
  if (eq $least '') { set least = 0 }
  if (eq $patch '') { set patch = 0 }
  if (not (or (> $minor $line) (and (== $minor $line) (>= $patch $least)))) { fail older }
}

# Starts the one process, in this directory. Its error goes to the terminal, once.
fn ask {
  var text = ''
  if (and (not (is-file $self)) (not (path:is-dir $home/bin))) {
    fail uninstalled # not a word
  } elif (is-file $self) {
    set text = ((external $self) env --shell elvish < /dev/null | slurp)
  } elif (has-external gsw) {
    set text = (e:gsw env --shell elvish < /dev/null | slurp)
  } else {
    echo 'gsw: '(repr $self)' is gone' >&2
    fail gone
  }
  eval $text
  # Where gsw's own entries end on PATH now: if they go, it is time to look again.
  var first = []
  for text (entries $E:PATH) {
    if (not (str:has-prefix $text $home/)) { break }
    set first = (conj $first $text)
  }
  set front made saved = (str:join : $first) '' ''
}

# Looks again: another directory, another GSW_VERSION or another PATH.
fn look {
  if (and (eq $E:GSW_VERSION//$pwd $place) (not-eq $front '') (str:contains ':'$E:PATH':' ':'$front':')) {
    set seen = $E:PATH # somebody put something before or after it (a virtual environment): theirs to say
    return
  }
  if (not-eq $E:PATH $seen) { set question = '' } # what the answer did is undone
  set place = $E:GSW_VERSION//$pwd
  var profile = (find-profile)
  var about = $pwd
  var acted = $false
  var folder minimum = '' ''
  try {
    var spec why = $E:GSW_VERSION GSW_VERSION
    if (eq $spec '') { set spec minimum why = (walk) }
    set about = $why'|'$spec'|'$minimum
    if (there $home/resolve/.ask) { fail settings } # there are settings that a hook knows nothing of
    if (not-eq $spec '') {
      set folder = (find $spec)
      if (not-eq $minimum '') { allows $minimum [(str:split / $folder)][-1] }
    } elif (is-file $home/current/receipt.json) {
      if (not-eq $minimum '') {
        var tag = [(str:split "\n" (text-of $home/current/go/VERSION 4096))][0]
        set about = $about'|'$tag
        allows $minimum $tag
      }
    } elif (or (not-eq $minimum '') (there $home/current)) {
      fail odd
    }
    set acted = $true
  } catch e {
    set about = $about'|'$profile
    if (or (eq $question '') (not-eq $question $about)) {
      set question = $about
      try { ask } catch e { default $profile }
    }
  }
  if $acted {
    set question = ''
    if (not-eq $folder '') {
      enter $profile $folder/go/bin:$folder/bin:$home/bin $folder/bin
    } else {
      default $profile
    }
  }
  set seen = $E:PATH
}

# Lets gsw look at the tools before the next command is read: `go install` may have made one that hides a command of the
# system. elvish has no builtin for the time of a file: what counts is that other names are there than before.
fn guard {
  if (not (str:has-prefix $E:GOBIN $home/)) { return }
  var now = [$E:GOBIN (put $E:GOBIN/*[nomatch-ok])]
  if (eq $now $tools) { return }
  if (and (eq $now[0] $tools[0]) (is-file $self)) {
    try { (external $self) __prompt < /dev/null } catch e { nop }
    set now = [$E:GOBIN (put $E:GOBIN/*[nomatch-ok])]
  }
  set tools = $now
}

# At each prompt and each cd. A hook never fails one.
fn prompt {|@_|
  try {
    if (or (not-eq $E:GSW_VERSION//$pwd $place) (not-eq $E:PATH $seen)) { look }
    guard
  } catch e {
    echo 'gsw: the hook failed: '(to-string $e[reason]) >&2
  }
}

fn call {|@argv|
  if (is-file $self) { (external $self) $@argv } else { e:gsw $@argv }
}

# gsw as a command of this shell. `use --shell` can be done here only; what else changes the answer takes effect at once.
fn gsw {|@argv|
  var words = []
  var here install other = $false $false $false
  for word $argv {
    if (eq $word --) {
      break
    } elif (has-value [-s --shell] $word) {
      set here = $true
    } elif (has-value [-i --install] $word) {
      set install = $true
    } elif (has-value [-is -si] $word) {
      set here install = $true $true
    } elif (has-value [--unset -q --quiet] $word) { # --unset is the same as no SPEC
      nop
    } elif (str:has-prefix $word -) {
      set other = $true
    } else {
      set words = (conj $words $word)
    }
  }
  var verb = (if (> (count $words) 0) { put $words[0] } else { put '' })
  var failure = $nil
  try {
    if (and (or (and $here (eq $verb use)) (eq $verb shell)) (not $other) (<= (count $words) 2)) {
      if (== (count $words) 1) {
        unset-env GSW_VERSION
      } else {
        if $install { call install $words[1] > /dev/null }
        call env $words[1] > /dev/null # is it one, and installed?
        set-env GSW_VERSION $words[1]
      }
    } else {
      call $@argv
    }
  } catch e {
    set failure = $e
  }
  if (not (or (str:has-prefix $verb +) (has-value ['' current doctor env exec help list list-remote ls ls-remote run verify version where which why x] $verb))) {
    set place question = '' ''
    prompt
  }
  if $failure { fail $failure }
}
var goswitch~ = $gsw~

# A terminal's elvish: gsw becomes a command there, and prompts look. Loaded once more, the hook has nothing to add: its
# first edition goes on.
if (not-eq $E:__GSW_ELVISH (to-string $pid)) {
  set-env __GSW_ELVISH (to-string $pid)
  try {
    eval &ns=(ns [&gsw~=$gsw~ &prompt~=$prompt~]) '
      edit:add-vars [&gsw~=$gsw~ &goswitch~=$gsw~]
      set edit:before-readline = [$@edit:before-readline $prompt~]'
  } catch e {
    nop # there is none
  }
  set after-chdir = [$@after-chdir $prompt~]
}

# Not only at the first prompt.
prompt
# What the rest of rc.elv does to PATH is not the user's word yet: the first prompt looks again.
set place = ''
