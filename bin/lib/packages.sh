# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it: installs the programs that they call, and fetches the peers of the system tests. Installs
# with apt-get; on other systems it says which packages to install.

# command:package for each program that a test calls. The packages have Debian's names.
readonly WGJ_TEST_PROGRAMS="
    wg:wireguard-tools wg-quick:wireguard-tools iperf3:iperf3 ip:iproute2 nft:nftables iptables:iptables
    conntrack:conntrack ping:iputils-ping ncat:ncat tcpdump:tcpdump sysctl:procps ps:procps nsenter:util-linux
    unshare:util-linux setpriv:util-linux bwrap:bubblewrap strace:strace systemctl:systemd
    qemu-system-x86_64:qemu-system-x86 busybox:busybox-static cpio:cpio xz:xz-utils postgres:postgresql
    redis-check-rdb:redis-tools dropbear:dropbear-bin curl:curl crun:crun skopeo:skopeo umoci:umoci
    chromium:chromium miniupnpd:miniupnpd-nftables"

# Deque's axe-core, which judges whether a page is accessible, and the sum of its archive in npm's registry.
readonly WGJ_AXE_VERSION=4.14.1
readonly WGJ_AXE_SHA512=1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5

# command:package for what builds wgj. The command "java" stands for a JDK that find_java finds.
readonly WGJ_BUILD_PROGRAMS="java:$WGJ_JDK_PACKAGE mvn:maven"

# Installs the packages of the missing programs, which are given as command:package. If none is missing, it changes nothing
# and does not use the network.
install_programs() {
    local pair had_databases=
    local -a packages=()
    for pair in "$@"; do
        is_installed "${pair%%:*}" || packages+=("${pair##*:}")
    done
    [ "${#packages[@]}" -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        name_packages "${packages[@]}" >&2
        return 1
    fi
    apt-get -qq update || return 1
    if [[ " ${packages[*]} " == *" $WGJ_JDK_PACKAGE "* ]] && ! apt_offers "$WGJ_JDK_PACKAGE"; then
        find_java # says what to do
        return 1
    fi
    echo "installing ${packages[*]}"
    [ ! -e /etc/postgresql ] && [ ! -e /var/lib/postgresql ] || had_databases=1
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${packages[@]}" >/dev/null || {
        echo "apt-get could not install ${packages[*]}: see its message above" >&2
        return 1
    }
    [ -n "$had_databases" ] || drop_clusters
}

# The package postgresql makes databases and starts a server for them. The tests start servers of their own, so that this one
# goes away again. Call it only if there were no databases before.
drop_clusters() {
    local version name rest
    command -v pg_lsclusters >/dev/null || return 0
    # shellcheck disable=SC2034
    pg_lsclusters --no-header | while read -r version name rest; do
        pg_dropcluster --stop "$version" "$name" || return 1
    done
}

is_installed() {
    local java
    if [ "$1" = java ]; then
        java=$(find_java 2>/dev/null) && [ -x "${java}c" ] # a JRE cannot build
    elif [ "$1" = postgres ]; then
        compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null # Debian has it on no path
    else
        command -v "$1" >/dev/null
    fi
}

apt_offers() {
    [ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ]
}

# Unpacks the peers of the system tests into the folder $1 and never installs them: wireguard-go (the newest that
# Debian has) as $1/wireguard-go, Debian's cloud kernel with its modules as $1/kernel/{boot,lib}, and Debian's Prometheus as
# $1/prometheus/{prometheus,promtool}, whose package would start a service. From npm's registry comes axe-core, as
# $1/axe/axe.min.js. Those that are there already stay, and need no network.
fetch_peers() {
    local peers=$1
    [ -x "$peers/wireguard-go" ] || fetch_wireguard_go "$peers" || return 1
    [ -d "$peers/kernel/boot" ] || fetch_kernel "$peers" || return 1
    [ -x "$peers/prometheus/promtool" ] || fetch_prometheus "$peers" || return 1
    grep -qsF "axe v$WGJ_AXE_VERSION" "$peers/axe/axe.min.js" || fetch_axe "$peers" ||
        echo "the test that uses axe-core is left out" >&2
}

fetch_wireguard_go() {
    local peers=$1 suite
    # A suite may lack the package or have an old one. A Go program usually runs with another libc; this is tried here.
    for suite in sid bookworm-backports bookworm; do
        if unpack_from "$suite" wireguard-go "$peers/work" \
                && "$peers/work/usr/bin/wireguard-go" --version >/dev/null 2>&1; then
            mv "$peers/work/usr/bin/wireguard-go" "$peers/wireguard-go"
            rm -rf "$peers/work"
            return 0
        fi
        rm -rf "$peers/work"
    done
    echo "no suite of Debian gave a wireguard-go that runs here (see apt's message above)" >&2
    return 1
}

fetch_kernel() {
    local peers=$1
    if ! unpack_from bookworm "linux-image-cloud-$(dpkg --print-architecture)" "$peers/work"; then
        rm -rf "$peers/work"
        echo "Debian's cloud kernel could not be fetched (see apt's message above)" >&2
        return 1
    fi
    rm -rf "$peers/kernel"
    mv "$peers/work" "$peers/kernel"
}

fetch_prometheus() {
    local peers=$1 status=0
    rm -rf "$peers/prometheus"
    unpack_from bookworm prometheus "$peers/work" && mkdir -p "$peers/prometheus" &&
        mv "$peers/work/usr/bin/prometheus" "$peers/work/usr/bin/promtool" "$peers/prometheus/" || status=1
    rm -rf "$peers/work"
    [ "$status" = 0 ] || echo "Debian's Prometheus could not be fetched (see apt's message above)" >&2
    return "$status"
}

# The npm client takes the registry that it is configured for.
fetch_axe() {
    local peers=$1 work="$1/work" archive="axe-core-$WGJ_AXE_VERSION.tgz" status=0
    rm -rf "$work"
    mkdir -p "$work" || return 1
    echo "fetching axe-core $WGJ_AXE_VERSION" >&2
    install_programs npm:npm && (cd "$work" && npm pack --silent "axe-core@$WGJ_AXE_VERSION" >/dev/null) || status=1
    [ "$status" = 0 ] && (cd "$work" && sha512sum --quiet --check - <<<"$WGJ_AXE_SHA512  $archive") >&2 &&
        tar -xzf "$work/$archive" -C "$work" package/axe.min.js package/LICENSE && rm -rf "$peers/axe" &&
        mv "$work/package" "$peers/axe" || status=1
    rm -rf "$work"
    [ "$status" = 0 ] || echo "axe-core could not be fetched, or is not the one whose sum bin/lib/packages.sh has" >&2
    return "$status"
}

# Unpacks what runs programs for the machine $2 on this one as $1/qemu-$2.
fetch_emulator() {
    local peers=$1 machine=$2 status=0
    [ ! -x "$peers/qemu-$machine" ] || return 0
    mkdir -p "$peers" && unpack_from trixie qemu-user "$peers/work" && mv "$peers/work/usr/bin/qemu-$machine" "$peers/" || status=1
    rm -rf "$peers/work"
    return "$status"
}

# Builds benchmarks/src/main/go/netstack_peer.go, wireguard-go joined to gVisor's TCP/IP stack, into $1/netstack-peer, with the
# compiler and the sources that Debian's sid has. Nothing is installed.
fetch_netstack_peer() {
    local peers work source status=0
    mkdir -p "$1" && peers=$(cd "$1" && pwd) || return 1
    work=$peers/go
    source=$WGJ_HOME/benchmarks/src/main/go/netstack_peer.go
    [ -x "$peers/netstack-peer" ] && [ ! "$source" -nt "$peers/netstack-peer" ] && return 0
    rm -rf "$work"
    unpack_from sid "golang-1.27-go golang-1.27-src golang-golang.zx2c4-wireguard-dev golang-gvisor-gvisor-dev
            golang-github-google-btree-dev golang-github-bits-and-blooms-bitset-dev
            $(printf 'golang-golang-x-%s-dev ' crypto net sys time exp sync text term)" "$work" || return 1
    echo "compiling netstack_peer.go" >&2
    # The package's own root folder has links to its parts.
    cp -rL "$work/usr/lib/go-1.27" "$work/root" &&
        GOROOT=$work/root GOPATH=$work/usr/share/gocode GO111MODULE=off GOCACHE=$work/cache GOTOOLCHAIN=local GOFLAGS= \
            "$work/root/bin/go" build -o "$peers/netstack-peer" "$source" || status=1
    rm -rf "$work"
    return "$status"
}

# Unpacks what bin/netstack-bench measures beside our forward: gVisor's gvproxy from Debian's sid as $1/gvproxy, and
# slirp4netns with its libraries below $1/slirp4netns. Compiles benchmarks/src/main/c/tap_relay.c, which joins gvproxy to a TAP,
# into $1/tap-relay. Nothing else is installed than a C compiler.
fetch_forwards() {
    local peers=$1 source=$WGJ_HOME/benchmarks/src/main/c/tap_relay.c status=0
    mkdir -p "$peers" || return 1
    [ -x "$peers/slirp4netns/usr/bin/slirp4netns" ] ||
        unpack_whole bookworm "slirp4netns libslirp0 libglib2.0-0 libpcre2-8-0 libseccomp2" "$peers" slirp4netns || status=1
    [ -x "$peers/gvproxy/usr/bin/gvproxy" ] || unpack_whole sid gvproxy "$peers" gvproxy || status=1
    if [ ! -x "$peers/tap-relay" ] || [ "$source" -nt "$peers/tap-relay" ]; then
        install_programs gcc:gcc cpp:libc6-dev && gcc -O2 -pthread -o "$peers/tap-relay" "$source" || status=1
    fi
    return "$status"
}

# Unpacks the packages $2 of Debian's suite $1 as the folder $3/$4.
unpack_whole() {
    local suite=$1 packages=$2 peers=$3 name=$4 status=0
    rm -rf "${peers:?}/$name"
    unpack_from "$suite" "$packages" "$peers/work" && mv "$peers/work" "$peers/$name" || status=1
    rm -rf "$peers/work"
    return "$status"
}

# Downloads the newest packages $2, separated by blanks, of Debian's suite $1 and unpacks them into the folder $3. Uses a
# package list of its own, so that the system's apt configuration does not change. If a package only stands for the newest
# kernel of a series, takes the image that it depends on. The packages are for Debian's architecture $4, or for this machine.
unpack_from() {
    local suite=$1 packages=$2 target=$3 architecture=${4:-} apt mirror keyring image archive
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        echo "the peers of tests and benchmarks come from Debian packages, and there is no apt-get here to fetch $packages" >&2
        return 1
    fi
    mirror=$(debian_mirror)
    if [ -z "$mirror" ]; then
        echo "found no Debian mirror in /etc/apt/sources.list or /etc/apt/sources.list.d" >&2
        return 1
    fi
    apt=$(mktemp -d "${TMPDIR:-/tmp}/wgj-apt.XXXXXX") || return 1
    (
        trap 'rm -rf "$apt"' EXIT
        mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$target" || exit 1
        : >"$apt/status" # as if nothing were installed: an installed version may no longer be in the archive
        keyring=/usr/share/keyrings/debian-archive-keyring.gpg
        if [ -f "$keyring" ]; then
            echo "deb [signed-by=$keyring] $mirror $suite main" > "$apt/list"
        else
            echo "deb $mirror $suite main" > "$apt/list"
        fi
        own=(-q -o "Dir::Etc::sourcelist=$apt/list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferences=/dev/null
            -o Dir::Etc::preferencesparts=- -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/status"
            -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3)
        [ -z "$architecture" ] || own+=(-o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture")
        # shellcheck disable=SC2086
        echo fetching $packages "from $suite" >&2
        apt-get "${own[@]}" -o APT::Update::Error-Mode=any update >"$apt/log" 2>&1 || { cat "$apt/log" >&2; exit 1; }
        # shellcheck disable=SC2086
        image=$(apt-cache "${own[@]}" depends $packages 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1)
        # shellcheck disable=SC2086
        cd "$apt" && apt-get "${own[@]}" download ${image:-$packages} >"$apt/log" 2>&1 || { cat "$apt/log" >&2; exit 1; }
        cd - >/dev/null || exit 1
        for archive in "$apt"/*.deb; do
            dpkg -x "$archive" "$target" || exit 1
        done
    )
}

# Prints the address of the mirror that this machine's own apt sources name for Debian (not its security archive). The
# folder $1 is /etc/apt, except in tests.
debian_mirror() {
    local apt=${1:-/etc/apt} uri
    cat "$apt"/sources.list "$apt"/sources.list.d/*.list "$apt"/sources.list.d/*.sources 2>/dev/null \
        | sed -n -e 's/^deb  *\(\[[^]]*\] *\)\{0,1\}\([a-z+]*:[^ ]*\) .*/\2/p' -e 's/^URIs: *\([^ ]*\).*/\1/p' \
        | while read -r uri; do
            case $uri in
                # A list of mirrors, one a line, as Debian's cloud images have it.
                mirror+file:*) sed 's/[[:space:]].*//' "/${uri#mirror+file:*/}" 2>/dev/null ;;
                *) printf '%s\n' "$uri" ;;
            esac
        done | grep '/debian/*$' | head -n 1
}
