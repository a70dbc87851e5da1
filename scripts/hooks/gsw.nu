# gsw's hook for nushell 0.115: at each prompt and each change of directory the Go of this directory becomes `go`.
#
# It decides with builtins alone and starts a process only for what builtins can't tell for certain: then `gsw env` is
# asked, once. What it does to the environment is what package activation does, byte for byte; but nushell keeps nothing
# that is not UTF-8. On Windows gsw itself is asked wherever what decides has changed.

$env.__GSW_NU = {
  home: (if ($env.GSW_HOME? | default "") =~ '(?s)^(/|[A-Za-z]:[\\/]).' { $env.GSW_HOME | str replace --regex '/$' '' } else { '@HOME@' })
  self: '@SELF@'
  place: null # GSW_VERSION and PWD when it looked last
  seen: null # PATH then
  question: null # what gsw itself was asked last, while its answer holds
  front: [] # what PATH begins with
  made: null # PATH, GOBIN and __GSW_SAVED as the hook made them
  gobin: ""
  saved: ""
  rest: [] # what comes behind front
  head: "" # __GSW_SAVED is these two around the value of GOBIN
  tail: ""
  profile: "" # the profile's variables as gsw wrote them down, and as they stood then
  theirs: []
  unsettled: null # the GOBIN that gsw looked at in vain
}
if $env.__GSW_NU.home != $"($env.HOME? | default '')/.gsw" { $env.GSW_HOME = $env.__GSW_NU.home }

def __gsw_encode []: string -> string { str replace --all "%" "%25" | str replace --all ":" "%3A" | str replace --all "=" "%3D" }
def __gsw_decode []: string -> string { str replace --all "%3D" "=" | str replace --all "%3A" ":" | str replace --all "%25" "%" }

# A variable as +value, or nothing if it is not set; and back, where null is for what is to go.
def __gsw_current [name: string]: nothing -> string {
  let value = (try { $env | get $name } catch { null })
  if $value == null { "" } else { $"+($value)" }
}
def __gsw_value []: string -> any { if ($in | str starts-with "+") { $in | str substring 1.. } else { null } }

# Sets what a record says; null is for what is to go. nushell forgets to tell a caller what was hidden after a call of
# another command that may change the environment: so a command here calls but one of those, and the rest only compute.
def --env __gsw_apply [changes: record] {
  for change in ($changes | transpose name value) {
    if $change.value == null { hide-env --ignore-errors $change.name } else { load-env {$change.name: $change.value} }
  }
}

# PATH as a list, whatever somebody has made of it. One of nothing but an empty entry is an empty one.
def __gsw_path []: nothing -> list<any> {
  let path = ($env.PATH? | default [])
  let path = (if ($path | describe) == "string" { $path | split row (char esep) } else { $path })
  if $path == [""] { [] } else { $path }
}

# Whether a path lies below one of gsw's homes.
def __gsw_own []: string -> bool {
  let short = ($in | str replace --regex '/$' '')
  let system = ($env.GSW_SYSTEM? | default "")
  if ($short | str starts-with $"($env.__GSW_NU.home)/") { return true }
  $system =~ '(?s)^/.' and ($short | str starts-with $"($system | str replace --regex '/$' '')/")
}

# What undoes what __GSW_SAVED tells: gives GOBIN and GOROOT of the user, the entries of PATH without gsw's, those that were
# removed from it, and changes for the other GO variables, which only gsw itself changes.
def __gsw_undo [] {
  mut gobin = (__gsw_current GOBIN)
  mut goroot = (__gsw_current GOROOT)
  mut removed = []
  mut changes = {}
  for field in ($env.__GSW_SAVED? | default "" | split row ":") {
    if $field =~ '(?s)^(0|[1-9][0-9]{0,5})=\+' {
      let parts = ($field | split row --number 2 "=+")
      $removed = ($removed | append {after: ($parts.0 | into int), text: ($parts.1 | __gsw_decode)})
    } else if $field =~ '(?s)^GO[A-Z0-9_]+=(\+[^=]*)?=(\+.*)?$' {
      let parts = ($field | split row --number 3 "=")
      if (__gsw_current $parts.0 | __gsw_encode) == $parts.2 { # else it was changed since, and is the user's now
        let old = ($parts.1 | __gsw_decode)
        if $parts.0 == "GOBIN" { $gobin = $old } else if $parts.0 == "GOROOT" { $goroot = $old } else { $changes = ($changes | merge {$parts.0: ($old | __gsw_value)}) }
      }
    }
  }
  # What lies below gsw's home was never the user's: __GSW_SAVED may have been lost on the way.
  if ($gobin | str replace --regex '^\+' '' | __gsw_own) { $gobin = "" }
  if ($goroot | str replace --regex '^\+' '' | __gsw_own) { $goroot = "" }
  let rest = (__gsw_path | where {|entry| not ($entry | __gsw_own) })
  {gobin: $gobin, goroot: $goroot, rest: (if $rest == [""] { [] } else { $rest }), removed: $removed, changes: $changes}
}

# Puts the removed entries back, each where as many entries come after it as once did.
def __gsw_put_back [rest: list<any> removed: list<any>]: nothing -> list<any> {
  mut all = $rest
  for entry in ($removed | reverse) {
    if $entry.text in $rest { continue } # on PATH again already
    let at = ([0 (($all | length) - $entry.after)] | math max)
    $all = (($all | first $at) ++ [$entry.text] ++ ($all | skip $at))
  }
  $all
}

def __gsw_literal []: string -> string { str replace --all --regex '[^A-Za-z0-9/_]' '\$0' }

# A pattern for what is on PATH for a Go that is not gsw's: the list of package activation.
def __gsw_known [goroot: string]: nothing -> string {
  let user = ($env.HOME? | default "" | str replace --regex '/$' '')
  let bin = ($goroot | str replace --regex '^\+' '' | str replace --regex '/$' '')
  # GOROOT=/usr is what some distributions have, and /usr/bin must stay.
  let bin = (if $bin in ["" /usr /usr/local /opt/homebrew /opt/local /snap $user $"($user)/.local"] { "/usr/local/go" } else { $bin })
  let below = ([
    'sdk/go.*/bin' 'go/pkg/mod/golang\.org/toolchain@.*/bin' '\.goenv/shims' '\.goenv/versions/.*/bin' '\.gvm/gos/.*/bin'
    '\.asdf/installs/golang/.*/go/bin' '\.local/share/mise/installs/go/.*/bin' '\.local/share/rtx/installs/go/.*/bin'
    '\.g/go/bin' '\.go/bin' '\.go/current/bin' '\.gobrew/current/bin' '\.gobrew/current/go/bin' '\.gimme/versions/.*/bin'
    '\.version-fox/sdks/golang/bin' '\.version-fox/cache/golang/.*/bin' '\.vfox/sdks/golang/bin' '\.vfox/cache/golang/.*/bin'
  ] | str join "|")
  let places = ([
    $"($bin | __gsw_literal)/bin" '/usr/local/go/bin' '/usr/lib/go/bin' '/usr/lib/go-.*/bin' '/usr/lib/golang/bin' '/opt/go/bin' '/snap/go/.*/bin'
    '/opt/homebrew/opt/go.*/libexec/bin' '/usr/local/opt/go.*/libexec/bin' '/home/linuxbrew/\.linuxbrew/opt/go.*/libexec/bin'
    ((if $user == "" { "//" } else { $user | __gsw_literal }) + "/(?:" + $below + ")")
  ] | str join "|")
  "(?s)^(?:" + $places + ")/?$"
}

# Gives rest without what is there for another Go, and in head and tail a note of it all.
def __gsw_take_out [was: record]: nothing -> record {
  let known = (__gsw_known $was.goroot)
  mut rest = $was.rest
  mut removed = $was.removed
  if ($rest | any {|entry| $entry =~ $known }) {
    # Somebody put one on PATH since: the whole list is made anew, each entry in its place.
    let list = (__gsw_put_back $rest $removed)
    mut after = ($list | length)
    $rest = []
    $removed = []
    for entry in $list {
      $after = $after - 1
      if $entry =~ $known { $removed = ($removed | append {after: $after, text: $entry}) } else { $rest = ($rest | append $entry) }
    }
  }
  let head = ($removed | each {|r| $"($r.after)=+($r.text | __gsw_encode)" } | append $"GOBIN=($was.gobin | __gsw_encode)=+" | str join ":")
  let tail = (if $was.goroot == "" { "" } else { $":GOROOT=($was.goroot | __gsw_encode)=" })
  if $was.goroot not-in ["" "+"] and not ($":($env.__GSW_SAVED? | default ''):" | str contains $"($tail):") {
    print --stderr --raw $"gsw: the exported GOROOT=($was.goroot | str substring 1.. | __gsw_shown) is unset here: go finds its own"
  }
  {rest: $rest, head: $head, tail: $tail}
}

# For the terminal: what could tell it to do something is written as an escape.
def __gsw_shown []: string -> string { if $in =~ '[[:cntrl:]]' { $in | to json --raw } else { $in } }

# The profile's variables as they stand.
def __gsw_stand []: nothing -> list<string> {
  $env.__GSW_NU.profile | split row ":" | where {|field| $field =~ '^GO[A-Z0-9_]+=' } | each {|field| __gsw_current ($field | split row "=" | first) }
}

# Adds the variables of a profile to changes, but for those that the user has set, and a note of them to tail.
def __gsw_put_profile [profile: string changes: record tail: string]: nothing -> record {
  mut all = $changes
  mut tail = $tail
  for field in ($profile | split row ":") {
    if $field =~ '(?s)^GO[A-Z0-9_]+=\+' {
      let parts = ($field | split row --number 2 "=")
      let old = (if $parts.0 in ($all | columns) { let value = ($all | get $parts.0); if $value == null { "" } else { $"+($value)" } } else { __gsw_current $parts.0 })
      if ($old | str length) <= 1 {
        $tail = $"($tail):($parts.0)=($old)=($parts.1)"
        $all = ($all | merge {$parts.0: ($parts.1 | __gsw_decode | __gsw_value)})
      }
    }
  }
  {changes: $all, tail: $tail}
}

# Makes PATH begin with front and GOBIN be gobin, under a profile.
def --env __gsw_enter [profile: string front: list<string> gobin: string] {
  let st = $env.__GSW_NU
  mut new = ($st | merge {front: $front, gobin: $gobin, profile: $profile})
  mut changes = {}
  if ($st.saved == "" or $env.__GSW_SAVED? != $st.saved or (__gsw_path) != $st.made or $env.GOBIN? != $st.gobin or $env.GOROOT? != null
      or $profile != $st.profile or ($profile != "" and (__gsw_stand) != $st.theirs)) {
    let was = (__gsw_undo)
    let out = (__gsw_take_out $was)
    let put = (__gsw_put_profile $profile $was.changes $out.tail)
    $new = ($new | merge {rest: $out.rest, head: $out.head, tail: $put.tail})
    $changes = $put.changes
  }
  $new.made = ($front ++ $new.rest)
  $new.saved = $"($new.head)($gobin | __gsw_encode)($new.tail)"
  __gsw_apply ($changes | merge {PATH: $new.made, GOBIN: $gobin, __GSW_SAVED: $new.saved, GOROOT: null})
  $env.__GSW_NU = $new
  $env.__GSW_NU.theirs = (__gsw_stand)
}

# Gives back what was there before; gsw itself stays within reach.
def --env __gsw_leave [profile: string] {
  let was = (__gsw_undo)
  let put = (__gsw_put_profile $profile $was.changes "")
  __gsw_apply ($put.changes | merge {
    PATH: ((__gsw_put_back $was.rest $was.removed) | append $"($env.__GSW_NU.home)/bin"), GOBIN: ($was.gobin | __gsw_value), GOROOT: ($was.goroot | __gsw_value)
    __GSW_SAVED: (if $put.tail == "" { null } else { $put.tail | str substring 1.. })
  })
  $env.__GSW_NU = ($env.__GSW_NU | merge {front: [], made: null, saved: "", tail: $put.tail, profile: $profile})
  $env.__GSW_NU.theirs = (__gsw_stand)
}

# gsw gave no answer: what the shell gets is what it would get without a pin, never what another project left behind.
def --env __gsw_default [profile: string] {
  let home = $env.__GSW_NU.home
  if ($"($home)/current/receipt.json" | path exists) {
    __gsw_enter $profile [$"($home)/bin" $"($home)/current/bin"] $"($home)/current/bin"
  } else {
    __gsw_leave $profile
  }
}

# The variables of the profile that holds here: gsw writes a line for each folder that has one, the deepest first, and
# last the one that holds everywhere.
def __gsw_find_profile []: nothing -> string {
  let file = $"($env.__GSW_NU.home)/resolve/.profiles"
  if not ($file | path exists) { return "" }
  for line in (open --raw $file | decode utf-8 | lines) {
    if not ($line | str contains "=") { continue }
    let parts = ($line | split row --number 2 "=")
    if ($"($env.PWD)/" | str starts-with $"($parts.0 | __gsw_decode)/") { return $parts.1 }
  }
  ""
}

# A small file's text. Fails for one that is no file, that is another user's (which does not count in a folder that is
# open to all), that is no UTF-8, or that holds a NUL or more than max bytes.
def __gsw_text [file: string max: int]: nothing -> string {
  if ($file | path expand | path type) != "file" or not (__gsw_mine $file) { error make {msg: "odd"} }
  let bytes = (open --raw $file | into binary)
  if ($bytes | bytes length) > $max or ($bytes | bytes index-of 0x[00]) >= 0 or ($bytes | bytes starts-with 0x[FF FE]) { error make {msg: "odd"} }
  let marked = ($bytes | bytes starts-with 0x[EF BB BF])
  let text = ($bytes | decode utf-8)
  if ($text | str contains (char --integer 0xFFFD)) { error make {msg: "odd"} }
  if $marked and not ($text | str starts-with (char --integer 0xFEFF)) { (char --integer 0xFEFF) + $text } else { $text }
}

# Whether a file or folder is one's own, as far as a link leads.
def __gsw_mine [file: string]: nothing -> bool {
  let own = (if ($"/proc/($nu.pid)" | path exists) { $"/proc/($nu.pid)" } else { $env.__GSW_NU.home })
  let file = ($file | path expand)
  (ls --long --directory $file).user.0 == (ls --long --directory $own).user.0
}

def __gsw_trimmed []: string -> string { str replace --regex '^[ \t]+' '' | str replace --regex '[ \t]+$' '' }

# What a .go-version says: its first line that is neither blank nor a comment.
def __gsw_version_file [file: string]: nothing -> string {
  (__gsw_text $file 1024 | str replace (char --integer 0xFEFF) "" | split row "\n" | each {|line| $line | str replace --regex '\r$' '' | __gsw_trimmed }
    | where {|line| $line != "" and not ($line | str starts-with "#") }).0 # or fails: where there is none, it is an error, and gsw's to tell
}

# What a .tool-versions says of Go, if it does: the first version in the first line for it.
def __gsw_tool_versions [file: string]: nothing -> string {
  for line in (__gsw_text $file 8192 | str replace (char --integer 0xFEFF) "" | split row "\n") {
    let line = ($line | str replace --regex '(?s)#.*' '' | str replace --regex '\r$' '' | __gsw_trimmed)
    if not ($line | str contains "go") { continue }
    if $line =~ '[^[:alnum:] \t._:@/+~^*=,-]' { error make {msg: "odd"} } # Unicode has more blanks
    let words = ($line | split row --regex '[ \t]+')
    if $words.0 in [golang go] { return $words.1 }
  }
  ""
}

# The go line and the toolchain of a go.mod or go.work.
def __gsw_module_file [file: string]: nothing -> record {
  let text = (__gsw_text $file 262144)
  if ($text | str starts-with (char --integer 0xFEFF)) { error make {msg: "odd"} }
  let line = ($text | parse --regex '(?m)^[ \t]*go(?<rest>[ \t"`][^\n]*)$' | get 0?.rest?)
  let minimum = (if $line == null { "" } else {
    ($line | parse --regex '^[ \t]+(?<minimum>1\.(?:0|[1-9][0-9]{0,4})(?:\.(?:0|[1-9][0-9]{0,4}))?)[ \t]*\r?(?://.*)?$').minimum.0 # or fails
  })
  let line = ($text | parse --regex '(?m)^[ \t]*toolchain(?<rest>[ \t"`][^\n]*)$' | get 0?.rest?)
  let toolchain = ($line | default "" | str replace --regex '//.*' '' | str replace --regex '\r$' '' | __gsw_trimmed)
  {minimum: $minimum, toolchain: (if $line != null and $toolchain == "" { "odd" } else { $toolchain })}
}

# Goes up from here for a pin, and for a go line: that of the nearest go.work, else that of the nearest go.mod. Gives the
# pin, that line and the file which decides; fails where something can't be judged here.
def __gsw_walk []: nothing -> record {
  if ($env.GOWORK? | default "") not-in ["" auto] { error make {msg: "odd"} }
  mut dir = ($env.PWD | str replace --regex '/$' '')
  mut below = $dir # the folders from here on are known to be one's own
  mut mine = false
  mut spec = ""
  mut minimum = ""
  mut why = ""
  mut work = ""
  mut module = ""
  loop {
    let names = (if $spec == "" { [.go-version .tool-versions go.work go.mod] } else { [go.work go.mod] })
    let here = $dir
    let there = ($names | where {|name| $"($here)/($name)" | path exists })
    if ($there | is-not-empty) {
      # The search ends at another user's directory, unless it is root's, and what is found beyond one is not for this
      # function to use.
      while true {
        if not (__gsw_mine $"($below)/") { error make {msg: "theirs"} }
        if $below == $dir { break }
        $below = ($below | str replace --regex '(?s)/[^/]*$' '')
      }
      if $spec == "" and ".go-version" in $there {
        $why = $"($dir)/.go-version"
        $spec = (__gsw_version_file $why)
      }
      if $spec == "" and ".tool-versions" in $there {
        $why = $"($dir)/.tool-versions"
        $spec = (__gsw_tool_versions $why)
      }
      for name in [go.work go.mod] {
        let file = $"($dir)/($name)"
        let settled = ($work != "" or ($name == "go.mod" and $module != ""))
        if ($spec != "" and $settled) or $name not-in $there { continue }
        if $spec == "" { $why = $file }
        let found = (__gsw_module_file $file)
        if not $settled {
          $minimum = $found.minimum
          if $name == "go.work" { $work = $file } else { $module = $file }
        }
        if $spec != "" or $found.toolchain in ["" default local] { continue }
        if $found.toolchain !~ '^go1\.(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})$' { error make {msg: "odd"} }
        $spec = $found.toolchain
        $why = $file
      }
    }
    if $dir == "" or ($spec != "" and $work != "") { break }
    $dir = ($dir | str replace --regex '(?s)/[^/]*$' '')
  }
  {spec: $spec, minimum: $minimum, why: $why}
}

# The folder of the toolchain that a spec means; fails if it is not installed.
def __gsw_find [spec: string]: nothing -> string {
  let home = $env.__GSW_NU.home
  mut note = $spec
  mut folder = ""
  let parts = ($spec | parse --regex '^(?:go|v)?1\.(?<minor>0|[1-9][0-9]{0,4})(?:\.(?<patch>0|[1-9][0-9]{0,4}))?$' | get 0?)
  let line = ($spec | parse --regex '^(?:go|v)?1\.(?<minor>0|[1-9][0-9]{0,4})\.x$' | get 0?)
  if $parts != null {
    let minor = ($parts.minor | __gsw_number)
    let patch = ($parts.patch | default "")
    if $patch != "" {
      # Until Go 1.20 the first release of a line had two numbers.
      $folder = $"($home)/versions/go1.($minor)(if $minor > 20 or ($patch | __gsw_number) > 0 { '.' + $patch } else { '' })"
    } else if ($spec | str starts-with "go") and $minor < 21 {
      $folder = $"($home)/versions/($spec)" # the same, by its published name
    }
    $note = $"1.($minor)"
  } else if $line != null {
    $note = $"1.($line.minor)"
  }
  if $folder == "" {
    if $note !~ '^[0-9a-z^~=<>, -][0-9a-z.^~=<>, -]{0,63}$' { error make {msg: "odd"} }
    let file = $"($home)/resolve/($note)" # as a word of open it would be a pattern
    let text = (open --raw $file | decode utf-8 | str replace --regex '\n$' '')
    if $text !~ '^/.+/go$' { error make {msg: "odd"} }
    $folder = ($text | str replace --regex '/go$' '')
  }
  if not ($"($folder)/receipt.json" | path exists) { error make {msg: "missing"} }
  $folder
}

# Fails unless a go line is content with a release.
def __gsw_allows [minimum: string tag: string] {
  let number = '1\.(?<minor>0|[1-9][0-9]{0,4})(?:\.(?<patch>0|[1-9][0-9]{0,4}))?$'
  let want = ($minimum | parse --regex $"^($number)")
  let have = ($tag | parse --regex $"^go($number)")
  let least = [($want.minor.0 | __gsw_number) ($want.patch.0 | __gsw_number)]
  let there = [($have.minor.0 | __gsw_number) ($have.patch.0 | __gsw_number)]
  if not ($there.0 > $least.0 or ($there.0 == $least.0 and $there.1 >= $least.1)) { error make {msg: "older"} }
}

def __gsw_number []: any -> int {
  let text = ($in | default "")
  if $text == "" { 0 } else { $text | into int }
}

# What to do here: pin, with the folder of a toolchain; default; or ask, and about what.
def __gsw_decide []: nothing -> record {
  let home = $env.__GSW_NU.home
  let pin = ($env.GSW_VERSION? | default "")
  if $nu.os-info.name == "windows" { return {does: "ask", about: (__gsw_files)} }
  let found = (try { if $pin == "" { __gsw_walk } else { {spec: $pin, minimum: "", why: "GSW_VERSION"} } } catch { null })
  if $found == null { return {does: "ask", about: $env.PWD} }
  let about = $"($found.why)|($found.spec)|($found.minimum)"
  if ($"($home)/resolve/.ask" | path exists) { return {does: "ask", about: $about} } # there are settings that a hook knows nothing of
  try {
    if $found.spec != "" {
      let folder = (__gsw_find $found.spec)
      if $found.minimum != "" { __gsw_allows $found.minimum ($folder | split row "/" | last) }
      return {does: "pin", folder: $folder}
    }
  } catch {
    return {does: "ask", about: $about}
  }
  if ($"($home)/current/receipt.json" | path exists) {
    if $found.minimum == "" { return {does: "default"} }
    let file = $"($home)/current/go/VERSION"
    let tag = (try { open --raw $file | decode utf-8 | lines | first } catch { "" })
    return (try { __gsw_allows $found.minimum $tag; {does: "default"} } catch { {does: "ask", about: $"($about)|($tag)"} })
  }
  if $found.minimum != "" or ($"($home)/current" | path exists --no-symlink) { {does: "ask", about: $about} } else { {does: "default"} }
}

# All that the answer depends on, for gsw itself to be asked about.
def __gsw_files []: nothing -> string {
  let home = $env.__GSW_NU.home
  mut dir = $env.PWD
  mut found = [$"($env.GOWORK? | default '')"]
  loop {
    for name in [.go-version .tool-versions go.work go.mod] {
      let file = ($dir | path join $name)
      if ($file | path exists) { $found = ($found | append [$file (try { open --raw $file | into binary | first 262144 | encode hex } catch { "unreadable" })]) }
    }
    let up = ($dir | path dirname)
    if $up == $dir or $up == "" { break }
    $dir = $up
  }
  if ($"($home)/resolve/.ask" | path exists) { $found = ($found | append $env.PWD) }
  # The default: what a pin of a least version leaves to it. On Windows a file of one line says it, and the link may lag.
  let file = ([$"($home)/default" $"($home)/current/go/VERSION"] | where {|file| $file | path exists } | append "" | first)
  $found | append (try { open --raw $file | decode utf-8 } catch { "" }) | str join "|"
}

# Runs gsw, wherever it is now.
def --wrapped __gsw_call [...rest: string] {
  let self = $env.__GSW_NU.self
  if ($self | path exists) { ^$self ...$rest } else { ^gsw ...$rest }
}

# Starts the one process, in this directory, and gives what is to be changed, or null if there was no answer. Its error
# goes to the terminal, once.
def __gsw_ask []: nothing -> any {
  let self = $env.__GSW_NU.self
  if not (($self | path exists) or ($"($env.__GSW_NU.home)/bin" | path exists)) { return null } # gsw was uninstalled: not a word
  if not ($self | path exists) and (which --all gsw | where type == "external" | is-empty) {
    print --stderr --raw $"gsw: ($self | __gsw_shown) is gone"
    return null
  }
  let got = (try { "" | __gsw_call env --shell nu | complete } catch { {exit_code: 1, stdout: "", stderr: ""} })
  print --stderr --raw --no-newline $got.stderr
  if $got.exit_code == 0 { $got.stdout | from nuon | default {} } else { null }
}

# What gsw answers where there is no pin: Windows' way back, where the folders of the default are gsw's to know.
def __gsw_unpinned []: nothing -> any {
  cd $env.__GSW_NU.home
  hide-env --ignore-errors GSW_VERSION
  let got = (try { "" | __gsw_call --quiet env --shell nu | complete } catch { {exit_code: 1, stdout: ""} })
  if $got.exit_code == 0 { $got.stdout | from nuon | default {} } else { {} }
}

# Does what gsw has answered.
def --env __gsw_follow [changes: record] {
  __gsw_apply $changes
  # Where gsw's own entries end on PATH now: if they go, it is time to look again.
  let home = $env.__GSW_NU.home
  $env.__GSW_NU = ($env.__GSW_NU | merge {front: (__gsw_path | take while {|entry| ($entry | str starts-with $"($home)/") or ($entry | str starts-with $"($home)\\") }), made: null, saved: ""})
}

# Looks again: another directory, another GSW_VERSION or another PATH.
def --env __gsw_look [] {
  let st = $env.__GSW_NU
  let place = [($env.GSW_VERSION? | default "") $env.PWD]
  if $place == $st.place and ($st.front | is-not-empty) and ($":(__gsw_path | str join ':'):" | str contains $":($st.front | str join ':'):") {
    $env.__GSW_NU.seen = $env.PATH? # somebody put something before or after it (a virtual environment): theirs to say
    return
  }
  if $env.PATH? != $st.seen { $env.__GSW_NU.question = null } # what the answer did is undone
  $env.__GSW_NU.place = $place
  let profile = (__gsw_find_profile)
  let answer = (__gsw_decide)
  if $answer.does == "ask" {
    let about = [$place.0 $answer.about $profile]
    if $about != $env.__GSW_NU.question {
      $env.__GSW_NU.question = $about
      let changes = (__gsw_ask)
      if $changes != null {
        __gsw_follow $changes
      } else if $nu.os-info.name == "windows" {
        __gsw_follow (__gsw_unpinned)
      } else {
        __gsw_default $profile
      }
    }
  } else {
    $env.__GSW_NU.question = null
    if $answer.does == "pin" {
      __gsw_enter $profile [$"($answer.folder)/go/bin" $"($answer.folder)/bin" $"($st.home)/bin"] $"($answer.folder)/bin"
    } else {
      __gsw_default $profile
    }
  }
  $env.__GSW_NU.seen = $env.PATH?
}

# Lets gsw look at the tools before the next command is read: `go install` may have made one that hides a command of the
# system. gsw gives shims/ the time of the GOBIN it has looked at: a tool came or went since. Where that settles nothing (a
# home that can't be written) it is not tried again. Another GOBIN is not gsw's.
def --env __gsw_guard [] {
  let gobin = ($env.GOBIN? | default "")
  let st = $env.__GSW_NU
  if not ($gobin | str starts-with $"($st.home)/") or $gobin == $st.unsettled or not ($gobin | path exists) { return }
  let shims = $"($st.home)/shims"
  let newer = {|| not ($shims | path exists) or (ls --directory $gobin).modified.0 > (ls --directory $shims).modified.0 }
  if not (do $newer) or not ($st.self | path exists) { return }
  try { "" | ^$st.self __prompt }
  if (do $newer) { $env.__GSW_NU.unsettled = $gobin }
}

# At each prompt and each cd. A hook never fails one.
def --env __gsw_prompt [] {
  try {
    if [($env.GSW_VERSION? | default "") $env.PWD] != $env.__GSW_NU.place or $env.PATH? != $env.__GSW_NU.seen { __gsw_look }
    __gsw_guard
  } catch {|e| print --stderr --raw $"gsw: the hook failed: ($e.msg)" }
}

# What the word at the end of a line can become. An external completer is asked for programs only, and gsw is a command
# of this shell: so what it can be followed by is told here. nushell puts it into the line as it is.
def __gsw_words [line: string]: nothing -> list<any> {
  try {
    "" | __gsw_call __complete ...($line | split row --regex '\s+' | skip 1) | complete | get stdout | lines | each {|offered|
      let parts = ($offered | split row --number 2 "\t")
      let value = (if $parts.0 =~ '[^a-zA-Z0-9_./:=@%+,~^-]' { $parts.0 | to json } else { $parts.0 })
      {value: $value, description: ($parts.1? | default "")}
    }
  } catch { [] }
}

# gsw as a command of this shell. `use --shell` can be done here only; what else changes the answer takes effect at once.
def --env --wrapped gsw [...rest: string@__gsw_words] {
  let typed = ($rest | take until {|w| $w == "--" })
  let words = ($typed | where {|w| not ($w | str starts-with "-") })
  let here = ($typed | any {|w| $w in [-s --shell -is -si] })
  let other = ($typed | any {|w| ($w | str starts-with "-") and $w not-in [-s --shell -i --install -is -si --unset -q --quiet] })
  let verb = ($words.0? | default "")
  let shells = ((($here and $verb == "use") or $verb == "shell") and not $other and ($words | length) <= 2)
  let asks = (($verb | str starts-with "+") or $verb in ["" current doctor env exec help list list-remote ls ls-remote run verify version where which why x])
  if $shells {
    if ($words | length) < 2 {
      hide-env --ignore-errors GSW_VERSION
    } else {
      if ($typed | any {|w| $w in [-i --install -is -si] }) { __gsw_silently install $words.1 }
      __gsw_silently env $words.1 # is it one, and installed?
      $env.GSW_VERSION = $words.1
    }
    __gsw_look
  } else if $asks {
    __gsw_call ...$rest
  } else {
    let failure = (try { __gsw_call ...$rest; null } catch {|e| $e })
    $env.__GSW_NU.place = null
    $env.__GSW_NU.question = null
    __gsw_look
    if $failure != null { error make --unspanned {msg: $"gsw ($verb): ($failure.msg)"} }
  }
}
def --env --wrapped goswitch [...rest: string@__gsw_words] { gsw ...$rest }

# Runs gsw for its word on something, and fails as it does.
def --wrapped __gsw_silently [...rest: string] {
  let got = ("" | __gsw_call ...$rest | complete)
  print --stderr --raw --no-newline $got.stderr
  if $got.exit_code != 0 { error make --unspanned {msg: $"gsw ($rest | first) exits with ($got.exit_code)"} }
}

# Read once more, the file leaves one hook: those of before are known by their text.
$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default []
  | where {|hook| not (($hook | describe) == "string" and ($hook | str contains "__gsw_prompt")) } | append "__gsw_prompt")

# Not only at the first prompt.
__gsw_prompt
# What the rest of config.nu does to PATH is not the user's word yet: the first prompt looks again.
$env.__GSW_NU.place = null
