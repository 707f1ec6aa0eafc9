# Opens the dashboard on Windows: .\run_dashboard.ps1 [options of `gosales dashboard`]
$ErrorActionPreference = "Stop"
Set-Location $PSScriptRoot
py start.py dashboard @args
exit $LASTEXITCODE
