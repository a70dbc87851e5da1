# Completion for gsw in nushell: gsw itself knows its words, and what they do, so it is asked. Another completer that was
# there goes on with all other commands.
let __gsw_others = ($env.config.completions?.external?.completer? | default null)
$env.config.completions.external.enable = true
$env.config.completions.external.completer = {|spans: list<string>|
  if ($spans | first) in [gsw goswitch] {
    ^gsw __complete ...($spans | skip 1) | lines | each {|line|
      let parts = ($line | split row --number 2 "\t")
      { value: $parts.0, description: ($parts | get --optional 1 | default "") }
    }
  } else if $__gsw_others != null {
    do $__gsw_others $spans
  }
}
