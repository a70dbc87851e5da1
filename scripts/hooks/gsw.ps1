# gsw's hook for PowerShell, 5.1 and 7: at each prompt the Go of this directory becomes `go`.
#
# What decides (GSW_VERSION, the files with pins above this directory, the profiles) is read without a process; where that
# is as it was, nothing is done, and where it has changed `gsw env` is asked, once: it undoes what it did before. Nothing
# here needs more than the constrained language mode allows: cmdlets, operators and methods of strings.
#
# This file has been parsed by a grammar of the language, and not run: no PowerShell was to be had where it was tested.

$global:__gsw_home = '@HOME@'
$global:__gsw_self = '@SELF@'
if ($env:GSW_HOME) { $global:__gsw_home = $env:GSW_HOME }
elseif ($env:HOME -and ($global:__gsw_home -ne "$($env:HOME)/.gsw")) { $env:GSW_HOME = $global:__gsw_home }
elseif ($env:USERPROFILE -and (-not $env:HOME) -and ($global:__gsw_home -ne "$($env:USERPROFILE)\.gsw")) { $env:GSW_HOME = $global:__gsw_home }

$global:__gsw_question = $null # what gsw was asked about last
$global:__gsw_place = $null # where, with which GSW_VERSION and PATH that was
$global:__gsw_tools = $null # a GOBIN and when something was changed in it

# The folder, if it is one of the file system: there are drives of certificates and variables, too.
function global:__gsw_folder {
    $place = Get-Location
    if ($place.Provider.Name -eq 'FileSystem') { return $place.ProviderPath }
    return ''
}

# All that the answer depends on.
function global:__gsw_asks {
    $folder = __gsw_folder
    $found = "$($env:GSW_VERSION)|$($env:GOWORK)"
    $dir = $folder
    $files = 0
    while ($dir) {
        foreach ($name in @('.go-version', '.tool-versions', 'go.work', 'go.mod')) {
            $file = Join-Path $dir $name
            if (Test-Path -LiteralPath $file -PathType Leaf) {
                $text = Get-Content -LiteralPath $file -TotalCount 4096 -ErrorAction SilentlyContinue
                $found = "$found|$file|$($text -join '|')"
                $files = $files + 1
            }
        }
        $dir = Split-Path -Path $dir -Parent
    }
    # The default: what a pin of a least version leaves to it. On Windows a file of one line says it.
    foreach ($name in @('default', 'current/go/VERSION')) {
        $file = "$($global:__gsw_home)/$name"
        if ($files -and (Test-Path -LiteralPath $file -PathType Leaf)) { $found = "$found|$(Get-Content -LiteralPath $file -TotalCount 1)" }
    }
    # Settings and profiles hold in some folders: which, gsw knows.
    foreach ($name in @('.ask', '.profiles')) {
        if (Test-Path -LiteralPath "$($global:__gsw_home)/resolve/$name") { $found = "$found|$folder" }
    }
    return $found
}

# Runs gsw, wherever it is now.
function global:__gsw_call {
    $program = 'gsw'
    if (Test-Path -LiteralPath $global:__gsw_self) { $program = $global:__gsw_self }
    else {
        $there = Get-Command -Name 'gsw' -CommandType Application -ErrorAction SilentlyContinue
        if ($there) { $program = @($there)[0].Path }
    }
    if ($program -eq 'gsw') { # which would be the function below
        Write-Warning "gsw: $($global:__gsw_self) is gone"
        $global:LASTEXITCODE = 127
        return
    }
    & $program @args
}

# Looks again: another directory, another GSW_VERSION, another pin or another PATH.
function global:__gsw_look {
    $asks = __gsw_asks
    $place = "$(__gsw_folder)|$($env:GSW_VERSION)|$($env:PATH)"
    if (($asks -eq $global:__gsw_question) -and ($place -eq $global:__gsw_place)) { return }
    $global:__gsw_question = $asks
    if (-not ((Test-Path -LiteralPath $global:__gsw_self) -or (Test-Path -LiteralPath "$($global:__gsw_home)/bin"))) {
        $global:__gsw_place = $place # gsw was uninstalled: not a word
        return
    }
    # Its error goes to the terminal, once. With no answer the shell gets what it would get without a pin.
    $code = __gsw_call 'env' '--shell' 'pwsh'
    if ($global:LASTEXITCODE -ne 0) {
        $spec = $env:GSW_VERSION
        Remove-Item -LiteralPath 'Env:GSW_VERSION' -ErrorAction SilentlyContinue
        Push-Location -LiteralPath $global:__gsw_home
        $code = __gsw_call '--quiet' 'env' '--shell' 'pwsh'
        Pop-Location
        if ($spec) { $env:GSW_VERSION = $spec }
    }
    if ($code) { Invoke-Expression ($code -join "`n") }
    $global:__gsw_place = "$(__gsw_folder)|$($env:GSW_VERSION)|$($env:PATH)"
}

# Lets gsw look at the tools before the next command is read: `go install` may have made one that hides a command of the
# system.
function global:__gsw_guard {
    if (-not $env:GOBIN) { return }
    if (-not $env:GOBIN.StartsWith($global:__gsw_home)) { return }
    if (-not (Test-Path -LiteralPath $env:GOBIN)) { return }
    $now = "$($env:GOBIN)|$((Get-Item -LiteralPath $env:GOBIN).LastWriteTimeUtc.Ticks)"
    if ($now -eq $global:__gsw_tools) { return }
    if ($global:__gsw_tools -and $global:__gsw_tools.StartsWith("$($env:GOBIN)|")) {
        __gsw_call '__prompt'
        $now = "$($env:GOBIN)|$((Get-Item -LiteralPath $env:GOBIN).LastWriteTimeUtc.Ticks)"
    }
    $global:__gsw_tools = $now
}

# At each prompt. $LASTEXITCODE is as before. A hook never fails a prompt.
function global:__gsw_prompt {
    $code = $null
    if (Test-Path -Path 'variable:global:LASTEXITCODE') { $code = $global:LASTEXITCODE }
    try {
        if ("$(__gsw_folder)|$($env:GSW_VERSION)|$($env:PATH)" -ne $global:__gsw_place) { __gsw_look }
        __gsw_guard
    }
    catch { Write-Warning "gsw: the hook failed: $_" }
    $global:LASTEXITCODE = $code
}

# An alias would come before the function: modules for git have one of this name.
foreach ($name in @('gsw', 'goswitch')) {
    if (Test-Path -LiteralPath "Alias:$name") { Remove-Item -LiteralPath "Alias:$name" -Force }
}

# gsw as a command of this shell. `use --shell` can be done here only; what else changes the answer takes effect at once.
function global:gsw {
    $words = @()
    $here = $false
    $install = $false
    $other = $false
    foreach ($word in $args) {
        if ($word -eq '--') { break }
        if (($word -ceq '-s') -or ($word -ceq '--shell')) { $here = $true }
        elseif (($word -ceq '-i') -or ($word -ceq '--install')) { $install = $true }
        elseif (($word -ceq '-is') -or ($word -ceq '-si')) { $here = $true; $install = $true }
        elseif (($word -ceq '--unset') -or ($word -ceq '-q') -or ($word -ceq '--quiet')) { } # --unset is the same as no SPEC
        elseif ("$word".StartsWith('-')) { $other = $true }
        else { $words = $words + "$word" }
    }
    $verb = ''
    if ($words.Count -gt 0) { $verb = $words[0] }
    if (((($verb -eq 'use') -and $here) -or ($verb -eq 'shell')) -and (-not $other) -and ($words.Count -le 2)) {
        if ($words.Count -lt 2) { Remove-Item -LiteralPath 'Env:GSW_VERSION' -ErrorAction SilentlyContinue }
        else {
            if ($install) {
                $null = __gsw_call 'install' $words[1]
                if ($global:LASTEXITCODE -ne 0) { return }
            }
            $null = __gsw_call 'env' $words[1] # is it one, and installed?
            if ($global:LASTEXITCODE -ne 0) { return }
            $env:GSW_VERSION = $words[1]
        }
    }
    else { __gsw_call @args }
    $code = 0
    if (Test-Path -Path 'variable:global:LASTEXITCODE') { $code = $global:LASTEXITCODE }
    $asking = @('', 'current', 'doctor', 'env', 'exec', 'help', 'list', 'list-remote', 'ls', 'ls-remote', 'run', 'verify', 'version', 'where', 'which', 'why', 'x')
    if ((-not $verb.StartsWith('+')) -and (-not ($asking -contains $verb))) {
        $global:__gsw_question = $null
        __gsw_look
    }
    $global:LASTEXITCODE = $code
}
Set-Alias -Name 'goswitch' -Value 'gsw' -Scope 'Global' -Force

# The prompt is wrapped once, however often this is read.
if (-not (Test-Path -Path 'variable:global:__gsw_theirs')) {
    $global:__gsw_theirs = $function:prompt
    function global:prompt {
        __gsw_prompt
        & $global:__gsw_theirs
    }
}

# Not only at the first prompt.
__gsw_prompt
