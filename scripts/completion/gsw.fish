# Completion for gsw in fish: gsw itself knows its words, and what they do, so it is asked.
function __gsw_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    command gsw __complete $words "$current" 2>/dev/null
end
complete -c gsw -f -k -a '(__gsw_complete)'
complete -c goswitch -f -k -a '(__gsw_complete)'
# Where gsw knows nothing, files are offered.
complete -c gsw -n 'not __gsw_complete | string length -q' -F
complete -c goswitch -n 'not __gsw_complete | string length -q' -F
