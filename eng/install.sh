# What ./run and ./test have in common: find what is missing, install it, say what is going on.
# To be sourced from the root of the checkout.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NEXT_TELEMETRY_DISABLED=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
export MSBUILDDISABLENODEREUSE=1

note() { printf '\033[2m•\033[0m %s\n' "$*"; }

fail() { printf '%s %s\n' "$1" "${2:-}" >&2; exit 1; }

# step "Doing it" command …: quiet when it works, all of its output when it does not.
step() {
  local title=$1 log began=$SECONDS
  shift
  log=$(mktemp)
  printf '\033[2m•\033[0m %s … ' "$title"
  if "$@" >"$log" 2>&1 9>&-; then
    printf '%ds\n' "$((SECONDS - began))"
    rm -f "$log"
  else
    local code=$?
    printf 'failed\n' >&2
    tail -n 60 "$log" >&2
    rm -f "$log"
    exit "$code"
  fi
}

# One of us at a time installs and builds in this folder. Not held by what is started here, such as the compiler's server.
# A Mac has no flock: there two at once are on their own.
lock() {
  command -v flock >/dev/null || return 0
  mkdir -p artifacts
  exec 9>artifacts/.lock
  flock --nonblock 9 || { note "Waiting for another ./run or ./test of this folder to have built"; flock 9; }
}
unlock() { exec 9>&-; }

need_tools() {
  command -v dotnet >/dev/null || fail "The .NET SDK is missing." "Install .NET 10: https://dotnet.microsoft.com/download"
  [[ "$(dotnet --version 2>/dev/null)" == 10.* ]] || fail "This needs the .NET SDK 10, and 'dotnet --version' says '$(dotnet --version 2>&1 | head -1)'." "Install .NET 10: https://dotnet.microsoft.com/download"
  command -v node >/dev/null && command -v npm >/dev/null || fail "Node.js is missing." "Install Node.js 20 or newer: https://nodejs.org"
  (($(node -p 'process.versions.node.split(".")[0]') >= 20)) || fail "This needs Node.js 20 or newer, and 'node --version' says $(node --version)." "Install it: https://nodejs.org"
}

aspire_version() { sed -n 's|.*<AspireVersion>\(.*\)</AspireVersion>.*|\1|p' Directory.Build.props; }

# Aspire where its packages can be restored, else eng/AspireLocal; remembered, because asking the feed takes seconds.
choose_engine() {
  [[ -n "${AspireEngine:-}" ]] && { export AspireEngine; return; }
  local memory=artifacts/aspire-engine
  if [[ -f "$memory" && "$(head -1 "$memory")" == "$(aspire_version)" ]]; then
    AspireEngine=$(tail -1 "$memory")
  else
    printf '\033[2m•\033[0m Looking for Aspire %s … ' "$(aspire_version)"
    if AspireEngine=Aspire dotnet restore AppHost/AppHost.csproj >/dev/null 2>&1; then AspireEngine=Aspire; else AspireEngine=Local; fi
    printf '%s\n' "$([[ $AspireEngine == Aspire ]] && echo found || echo 'not on this feed')"
    mkdir -p artifacts
    printf '%s\n%s\n' "$(aspire_version)" "$AspireEngine" >"$memory"
  fi
  export AspireEngine
}

# npm ci, unless what is installed is what the lock file says.
npm_install() {
  local folder=$1
  shift
  cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-from" && return
  step "Installing npm packages of $folder" npm ci --prefix "$folder" --no-audit --no-fund --ignore-scripts "$@"
  cp "$folder/package-lock.json" "$folder/node_modules/.installed-from"
}

install_cli() { npm_install Runner/npm; }
install_webapp() { npm_install webapp --include=dev; }
install_dashboard() { [[ "$(uname -sm)" == "Linux x86_64" ]] && npm_install eng/AspireLocal/npm || true; }

# The compiler of eng/Precompile.targets. Without it everything works, and starts more slowly.
install_crossgen() {
  local memory=artifacts/crossgen version
  version=$(dotnet --version)
  [[ -f "$memory" && "$(<"$memory")" == "$version" ]] && return
  mkdir -p artifacts
  printf '\033[2m•\033[0m Fetching Crossgen for .NET SDK %s … ' "$version"
  if dotnet restore eng/Crossgen >/dev/null 2>&1; then echo "$version" >"$memory"; echo done; else echo 'not on this feed: services will start more slowly'; fi
}

build() { step "Building $1" dotnet build "$1" --nologo -v quiet -clp:ErrorsOnly; }

# Debian packages, for tests: apt_install COMMAND-OR-FILE PACKAGE …
apt_install() {
  local sign=$1
  shift
  command -v "$sign" >/dev/null 2>&1 || [[ -e "$sign" ]] && return
  command -v apt-get >/dev/null || fail "The tests need $* ($sign)." "Install it with your system's package manager."
  local sudo=()
  ((EUID == 0)) || sudo=(sudo)
  [[ -n "${apt_updated:-}" ]] || { step "Updating Debian's package lists" "${sudo[@]}" apt-get update -qq; apt_updated=1; }
  step "Installing $*" "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}
