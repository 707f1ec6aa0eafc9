# Opens the dashboard on Windows: .\run_dashboard.ps1 [options of `gosales dashboard`]
# Needs no administrator: Python 3.11 to 3.13 from python.org, nothing else.
$ErrorActionPreference = "Stop"
Set-Location $PSScriptRoot
$python = @("py", "python") | Where-Object { Get-Command $_ -ErrorAction SilentlyContinue } | Select-Object -First 1
if (-not $python) {
    Write-Error "Python is not installed: take 3.11 to 3.13 from https://www.python.org, then start this again."
}
& $python start.py dashboard @args
exit $LASTEXITCODE
