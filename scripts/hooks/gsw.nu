# gsw's hook for nushell: at each prompt and each change of directory the Go of this directory becomes `go`.
#
# What decides (GSW_VERSION, the files with pins above this directory, the profiles) is read with builtins; where that is
# as it was, nothing is done, and where it has changed `gsw env` is asked, once: it undoes what it did before.

$env.__GSW_NU = {
  home: (if ($env.GSW_HOME? | default "" | str starts-with "/") { $env.GSW_HOME | str trim --right --char "/" } else { '@HOME@' })
  self: '@SELF@'
  question: null # what gsw was asked about last
  path: null # PATH as it was then
  tools: [] # a GOBIN and what was in it
}
if $env.__GSW_NU.home != $"($env.HOME? | default '')/.gsw" { $env.GSW_HOME = $env.__GSW_NU.home }

# A small file's text, or where it is if that can't be read.
def __gsw_text []: string -> string {
  let file = $in
  try { open --raw $file | into binary | first 262144 | encode hex } catch { $"($file): unreadable in ($env.PWD)" }
}

# All that the answer depends on.
def __gsw_question []: nothing -> string {
  let home = $env.__GSW_NU.home
  mut dir = $env.PWD
  mut found = [$"($env.GSW_VERSION? | default '')|($env.GOWORK? | default '')"]
  loop {
    for name in [.go-version .tool-versions go.work go.mod] {
      let file = ($dir | path join $name)
      if ($file | path exists) { $found = ($found | append [$file ($file | __gsw_text)]) }
    }
    let up = ($dir | path dirname)
    if $up == $dir or $up == "" { break }
    $dir = $up
  }
  # A minimum is compared with the default; profiles and settings hold somewhere.
  if ($found | length) > 1 and ($"($home)/current/go/VERSION" | path exists) { $found = ($found | append ($"($home)/current/go/VERSION" | __gsw_text)) }
  if ($"($home)/resolve/.ask" | path exists) { $found = ($found | append $env.PWD) }
  if ($"($home)/resolve/.profiles" | path exists) {
    let here = $"($env.PWD)/"
    let line = (open --raw $"($home)/resolve/.profiles" | decode utf-8 | lines
      | where {|l| $here | str starts-with $"($l | split row '=' | first | str replace --all '%3D' '=' | str replace --all '%3A' ':' | str replace --all '%25' '%')/" }
      | get --optional 0 | default "")
    $found = ($found | append $line)
  }
  $found | str join "|"
}

# Runs gsw, wherever it is now.
def --wrapped __gsw_call [...rest: string] {
  if ($env.__GSW_NU.self | path exists) { ^$env.__GSW_NU.self ...$rest } else { ^gsw ...$rest }
}

# Looks again: another directory, another GSW_VERSION, another pin or another PATH.
def --env __gsw_look [] {
  let question = (__gsw_question)
  if $question == $env.__GSW_NU.question and $env.PATH == $env.__GSW_NU.path { return }
  $env.__GSW_NU.question = $question
  # Its error goes to the terminal, once. With no answer the shell gets what it would get without a pin.
  let changes = (try { __gsw_call env --shell nu | from nuon | default {} } catch {
    try { do { cd $env.__GSW_NU.home; hide-env --ignore-errors GSW_VERSION; __gsw_call --quiet env --shell nu | from nuon | default {} } } catch { {} }
  })
  load-env ($changes | transpose name value | where value != null | reduce --fold {} {|it, all| $all | insert $it.name $it.value })
  for name in ($changes | transpose name value | where value == null | get name) { hide-env --ignore-errors $name }
  $env.__GSW_NU.path = $env.PATH
}

# Lets gsw look at the tools before the next command is read: `go install` may have made one that hides a command of the
# system.
def --env __gsw_guard [] {
  let gobin = ($env.GOBIN? | default "")
  if not ($gobin | str starts-with $"($env.__GSW_NU.home)/") { return }
  let now = [$gobin (try { ls --short-names $gobin | get name } catch { [] })]
  if $now == $env.__GSW_NU.tools { return }
  if ($env.__GSW_NU.tools | get --optional 0) == $gobin {
    try { __gsw_call __prompt }
    $env.__GSW_NU.tools = [$gobin (try { ls --short-names $gobin | get name } catch { [] })]
  } else {
    $env.__GSW_NU.tools = $now
  }
}

# At each prompt and each cd. A hook never fails one.
def --env __gsw_prompt [] {
  if $env.PWD != $env.__GSW_NU.place? or $env.GSW_VERSION? != $env.__GSW_NU.asks? or $env.PATH != $env.__GSW_NU.path {
    __gsw_look
    $env.__GSW_NU.place = $env.PWD
    $env.__GSW_NU.asks = $env.GSW_VERSION?
  }
  __gsw_guard
}

# gsw as a command of this shell. `use --shell` can be done here only; what else changes the answer takes effect at once.
def --env --wrapped gsw [...rest: string] {
  let typed = ($rest | take until {|w| $w == "--" })
  let words = ($typed | where {|w| not ($w | str starts-with "-") })
  let here = ($typed | any {|w| $w in [-s --shell -is -si] })
  let other = ($typed | any {|w| ($w | str starts-with "-") and $w not-in [-s --shell -i --install -is -si --unset -q --quiet] })
  let verb = ($words | get --optional 0 | default "")
  if (($here and $verb == "use") or $verb == "shell") and not $other and ($words | length) <= 2 {
    if ($words | length) < 2 {
      hide-env --ignore-errors GSW_VERSION
    } else {
      if ($typed | any {|w| $w in [-i --install -is -si] }) { __gsw_call install $words.1 | ignore }
      __gsw_call env $words.1 | ignore # is it one, and installed?
      $env.GSW_VERSION = $words.1
    }
  } else if ($verb | str starts-with "+") or $verb in ["" current doctor env exec help list list-remote ls ls-remote run verify version where which why x] {
    return (__gsw_call ...$rest)
  } else {
    __gsw_call ...$rest
  }
  $env.__GSW_NU.question = null
  __gsw_look
}
alias goswitch = gsw

# Read once more, the file leaves one hook: those of before are known by their text.
$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default []
  | where {|hook| not (($hook | describe) == "string" and ($hook | str contains "__gsw_prompt")) } | append "__gsw_prompt")

# Not only at the first prompt.
__gsw_prompt
