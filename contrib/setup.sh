# Sourced by contrib/test and contrib/demo: puts in place what is missing, and says what it does.
# Everything but the distribution's packages goes into the project's own .venv and .cache.

DEBIAN_MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
fail() { printf '\033[1;31m%s\033[0m\n' "$*" >&2; exit 1; }

# Print the first Python that is new enough.
find_python() {
    local candidate
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is missing. Install it, or name it: PYTHON=/path/to/python $0"
}

as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

# Install distribution packages without starting the services they bring.
apt_install() {
    local policy=/usr/sbin/policy-rc.d ours=no
    command -v apt-get >/dev/null || fail "Please install by hand: $*"
    if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
        fail "Neither root nor sudo. Please run as root: apt-get install $*"
    fi
    say "Installing $* with apt"
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        ours=yes
    fi
    local ok=yes
    { as_root apt-get update -q &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
    } >&2 || ok=no
    [[ $ours == no ]] || as_root rm -f "$policy"
    [[ $ok == yes ]] || fail "apt-get could not install: $*"
}

# need_servers NAME...: packages whose program has the same name.
need_servers() {
    local package missing=()
    for package in "$@"; do
        PATH=$PATH:/usr/sbin command -v "$package" >/dev/null || missing+=("$package")
    done
    [[ ${#missing[@]} == 0 ]] || apt_install "${missing[@]}"
}

# make_venv FOLDER: an empty virtual environment with a pip that knows dependency groups.
make_venv() {
    local python version
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        apt_install "python$version-venv"
    fi
    "$python" -m venv --clear "$1"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
}

# The project with its development tools; again whenever pyproject.toml changes.
need_project() {
    local stamp=.venv/.installed
    if [[ -x .venv/bin/python ]] && cmp -s pyproject.toml "$stamp"; then return; fi
    say "Installing Tercet and its tools into .venv"
    .venv/bin/python -c 'import sys' 2>/dev/null || make_venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
    cp pyproject.toml "$stamp"
}

need_synapse() {
    if [[ -n ${SYNAPSE_PYTHON:-} ]]; then return; fi
    if .cache/synapse/bin/python -c 'import synapse' 2>/dev/null; then return; fi
    say "Installing Synapse into .cache/synapse (about a minute)"
    mkdir -p .cache
    make_venv .cache/synapse
    .cache/synapse/bin/python -m pip install --quiet --disable-pip-version-check matrix-synapse
}

# fetch_package SUITE PACKAGE FOLDER: unpack, not install, a package of another Debian, through a
# configuration of apt's own that leaves the machine's alone. Only for what needs no other package.
fetch_package() {
    local keys=/usr/share/keyrings/debian-archive-keyring.gpg apt=$PWD/.cache/apt options
    [[ -e $keys ]] || apt_install debian-archive-keyring
    say "Fetching $2 from Debian $1 into $3"
    rm -rf "$apt"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$3"
    echo "deb [signed-by=$keys] $DEBIAN_MIRROR $1 main" >"$apt/sources.list"
    options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$apt/lists" -o Dir::State::status=/dev/null
        -o "Dir::Cache=$apt/cache" -o "APT::Sandbox::User=$(id -un)")
    apt-get "${options[@]}" update || fail "apt could not read $DEBIAN_MIRROR ($1)"
    (cd "$apt" && apt-get "${options[@]}" download "$2") || fail "apt could not fetch $2"
    dpkg -x "$apt/$2"_*.deb "$3"
    rm -rf "$apt"
}

# Ergo is in Debian since 13; that package also runs on Debian 12 and on Ubuntu since 22.04.
need_ergo() {
    if [[ -n ${ERGOCHAT:-} || -x .cache/ergo/usr/bin/ergochat ]] || command -v ergochat >/dev/null
    then return; fi
    fetch_package trixie ergochat .cache/ergo
}

# COMPAT(Atheme, 7.2): it cannot link to InspIRCd 4, which Debian 13 has; there Debian 12's does it.
need_inspircd_3() {
    if [[ -x .cache/inspircd/usr/sbin/inspircd ]]; then return; fi
    if PATH=$PATH:/usr/sbin inspircd --version 2>/dev/null | grep -q InspIRCd-3; then return; fi
    fetch_package bookworm inspircd .cache/inspircd
}
