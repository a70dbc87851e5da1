# Completion for gsw in fish: gsw itself knows its words, so it is asked.
function __gsw_complete
    set -l words (commandline -opc)
    command gsw $words[2..-1] --generate-bash-completion 2>/dev/null
end
complete -c gsw -f -a '(__gsw_complete)'
complete -c goswitch -f -a '(__gsw_complete)'
