# Installs gsw from a release into %USERPROFILE%\.gsw\bin (GSW_HOME), without administrator rights.
#
#   powershell -ExecutionPolicy Bypass -File install.ps1 -Mirror URL [-Version V] [-NoPath]
#
# The gsw that it installed then puts its folders into the user's PATH, and shows what it changes; `gsw init --remove`
# takes them out again. With -NoPath it does not.
#
# URL is the folder of a release, with checksums.txt. The archive's SHA-256 has to be the one there, before anything of
# it is unpacked or run. That proves that the archive is whole and the one that was published beside the sums; who
# published them, the connection to the server has to prove: use https.
#
# Windows PowerShell 5.1 understands all of it. Everything is in functions, called by the last line: half a script
# does nothing.
param(
    [string]$Mirror = $env:GSW_RELEASES,
    [string]$Version = '',
    [switch]$NoPath
)

function Stop-Install([int]$Code, [string]$Message) {
    [Console]::Error.WriteLine("install.ps1: $Message")
    exit $Code
}

function Get-Machine {
    $machine = $env:PROCESSOR_ARCHITECTURE
    if ($env:PROCESSOR_ARCHITEW6432) { $machine = $env:PROCESSOR_ARCHITEW6432 }
    switch ($machine) {
        'AMD64' { return 'amd64' }
        'ARM64' { return 'arm64' }
        'x86' { return '386' }
    }
    Stop-Install 3 "there is no release for $machine"
}

function Get-Document([string]$From, [string]$File) {
    try {
        Invoke-WebRequest -UseBasicParsing -Uri $From -OutFile $File
    } catch {
        Stop-Install 4 "$From could not be fetched: $_"
    }
}

function Get-Line([string]$File, [string]$Machine) {
    $pattern = '^([0-9a-f]{64})  (gsw_([0-9][0-9A-Za-z.+-]*)_windows_' + $Machine + '\.zip)$'
    if (-not (Select-String -LiteralPath $File -Pattern '^[0-9a-f]{64}  ' -CaseSensitive -Quiet)) {
        Stop-Install 4 'checksums.txt is no list of checksums; did a proxy or a login page answer?'
    }
    $found = @(Get-Content -LiteralPath $File | Where-Object { $_ -cmatch $pattern })
    if ($found.Count -ne 1) { Stop-Install 3 "checksums.txt names no archive of gsw for windows-$Machine" }
    $null = $found[0] -cmatch $pattern
    return @{ Sum = $Matches[1]; Name = $Matches[2]; Version = $Matches[3] }
}

function Set-Program([string]$From, [string]$To) {
    $new = "$To.new"
    Copy-Item -LiteralPath $From -Destination $new -Force
    if (Test-Path -LiteralPath $To) {
        # A running program can be renamed, not replaced.
        $old = "$To.old"
        Remove-Item -LiteralPath $old -Force -ErrorAction SilentlyContinue
        Move-Item -LiteralPath $To -Destination $old -Force
    }
    Move-Item -LiteralPath $new -Destination $To -Force
}

function Set-UserPath([string]$Gsw) {
    $ErrorActionPreference = 'Continue' # what it says on stderr is no error, which 5.1 takes it for where that is redirected
    & $Gsw init --write
    if ($LASTEXITCODE -ne 0) { Write-Output "PATH is as it was; later: & '$Gsw' init --write" }
}

function Install-Gsw([string]$Mirror, [string]$Version) {
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    if (-not $Mirror) { Stop-Install 2 'install from where? gsw has no public address yet: -Mirror URL, the folder of a release' }
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $place = $Mirror.TrimEnd('/')
    $target = $env:GSW_HOME
    if (-not $target) { $target = Join-Path $env:USERPROFILE '.gsw' }
    $machine = Get-Machine
    $work = Join-Path ([IO.Path]::GetTempPath()) ('gsw-' + [Guid]::NewGuid().ToString('N'))
    $null = New-Item -ItemType Directory -Path $work
    try {
        $sums = Join-Path $work 'checksums.txt'
        Get-Document "$place/checksums.txt" $sums
        $line = Get-Line $sums $machine
        if ($Version -and ($Version -replace '^v', '') -cne $line.Version) {
            Stop-Install 3 "the release is $($line.Version), not $Version"
        }
        $archive = Join-Path $work $line.Name
        Get-Document "$place/$($line.Name)" $archive
        $got = (Get-FileHash -LiteralPath $archive -Algorithm SHA256).Hash.ToLowerInvariant()
        if ($got -cne $line.Sum) {
            Stop-Install 5 "refused: $($line.Name) is not what checksums.txt says; nothing was installed. SHA-256 there: $($line.Sum), here: $got"
        }
        $unpacked = Join-Path $work 'unpacked'
        Expand-Archive -LiteralPath $archive -DestinationPath $unpacked
        $bin = Join-Path $target 'bin'
        $null = New-Item -ItemType Directory -Path $bin -Force
        # An update that was killed would else go on.
        Remove-Item -LiteralPath (Join-Path $target 'next\decided') -ErrorAction SilentlyContinue
        Set-Program (Join-Path $unpacked 'gsw.exe') (Join-Path $bin 'gsw-full.exe')
        Set-Program (Join-Path $unpacked 'gsw-shim.exe') (Join-Path $bin 'gsw-shim.exe')
        Set-Program (Join-Path $unpacked 'gsw-shim.exe') (Join-Path $bin 'gsw.exe')
        Set-Program (Join-Path $unpacked 'gsw-shim.exe') (Join-Path $bin 'goswitch.exe')
        Write-Output "gsw $($line.Version) is in $bin; its SHA-256 is the one that $place states"
        if (-not $NoPath) { Set-UserPath (Join-Path $bin 'gsw.exe') }
    } finally {
        Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue
    }
}

Install-Gsw $Mirror $Version
