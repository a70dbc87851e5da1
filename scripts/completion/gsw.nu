# Completion for gsw in nushell: gsw itself knows its words, and what they do, so it is asked. Another completer that was
# there goes on with all other commands.
let __gsw_others = ($env.config.completions?.external?.completer? | default null)
$env.config.completions.external.enable = true
$env.config.completions.external.completer = {|spans: list<string>|
  if ($spans | first) in [gsw goswitch] {
    ^gsw __complete ...($spans | skip 1) | lines | each {|line|
      let parts = ($line | split row --number 2 "\t")
      # nushell puts it into the line as it is.
      let value = (if $parts.0 =~ '[^a-zA-Z0-9_./:=@%+,~^-]' { $parts.0 | to json } else { $parts.0 })
      { value: $value, description: ($parts.1? | default "") }
    }
  } else if $__gsw_others != null {
    do $__gsw_others $spans
  }
}
