# SPDX-License-Identifier: Apache-2.0
# Sourced by bin/wgj: the demo as root, two hosts made of network namespaces with a tunnel between them.

readonly DEMO_HOSTS=(wgj-demo-a wgj-demo-b)
readonly DEMO_SECONDS=5

demo() {
    . "$WGJ_HOME/bin/lib/packages.sh"
    # shellcheck disable=SC2086
    install_programs wg:wireguard-tools ip:iproute2 ss:iproute2 ping:iputils-ping iperf3:iperf3 $WGJ_BUILD_PROGRAMS || return 1
    ensure_built || return 1

    trap demo_clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    demo_clean_up # what a demo that was killed left
    demo_network && demo_tunnel && demo_measure || {
        echo "the demo failed; without root, bin/wgj demo shows a tunnel that needs no namespaces" >&2
        return 1
    }
}

in_host() {
    ip netns exec "$@"
}

# Two hosts, a at 192.0.2.1 and b at 192.0.2.2, on one cable.
demo_network() {
    local a=${DEMO_HOSTS[0]} b=${DEMO_HOSTS[1]} host
    echo "==> two hosts, made of network namespaces: 192.0.2.1 and 192.0.2.2"
    ip netns add "$a" && ip netns add "$b" &&
        ip link add eth0 netns "$a" type veth peer name eth0 netns "$b" &&
        ip -n "$a" address add 192.0.2.1/24 dev eth0 &&
        ip -n "$b" address add 192.0.2.2/24 dev eth0 || return 1
    for host in "${DEMO_HOSTS[@]}"; do
        ip -n "$host" link set lo up && ip -n "$host" link set eth0 up || return 1
    done
}

# The interfaces' names are the hosts': configuration sockets of all namespaces are in one folder.
demo_tunnel() {
    local -a private=() public=()
    local i host other
    echo "==> a WireGuard daemon in each, configured by wg"
    for i in 0 1; do
        private[i]=$(wg genkey)
        public[i]=$(wg pubkey <<<"${private[i]}")
    done
    for i in 0 1; do
        host=${DEMO_HOSTS[i]} other=$((1 - i))
        in_host "$host" "$WGJ_HOME/bin/wireguard-java" "$host" &&
            in_host "$host" wg set "$host" private-key <(echo "${private[i]}") listen-port 51820 \
                peer "${public[other]}" endpoint "192.0.2.$((other + 1)):51820" \
                allowed-ips "10.0.0.$((other + 1))/32,fd00::$((other + 1))/128" &&
            ip -n "$host" address add "10.0.0.$((i + 1))/24" dev "$host" &&
            ip -n "$host" address add "fd00::$((i + 1))/64" dev "$host" nodad &&
            ip -n "$host" link set "$host" up || return 1
    done
}

demo_measure() {
    local a=${DEMO_HOSTS[0]}
    echo "==> ping through the tunnel, IPv4 and IPv6"
    in_host "$a" ping -n -q -c 1 -W 5 10.0.0.2 >/dev/null # waits for the handshake
    in_host "$a" ping -n -q -c 5 -i 0.2 -W 5 10.0.0.2 | grep -E 'packets|rtt' || return 1
    in_host "$a" ping -n -q -c 5 -i 0.2 -W 5 fd00::2 | grep -E 'packets|rtt' || return 1

    echo "==> TCP through the tunnel for $DEMO_SECONDS seconds each way, both hosts on this one machine"
    demo_throughput there && demo_throughput back --reverse || return 1

    echo "==> wg show"
    in_host "$a" wg show "$a"
}

# A server for each run: between two runs it closes its socket and resets connections that come in between.
demo_throughput() {
    local a=${DEMO_HOSTS[0]} b=${DEMO_HOSTS[1]} way=$1 server result
    in_host "$b" iperf3 --server --one-off --bind 10.0.0.2 >/dev/null 2>&1 &
    server=$!
    demo_await in_host "$b" ss -Hltn 'sport = 5201' &&
        in_host "$a" iperf3 --client 10.0.0.2 --time "$DEMO_SECONDS" --format m "${@:2}" |
        awk -v way="$way" '/receiver/ { printf "    %-6s %s Mbit/s\n", way, $7; seen = 1 } END { exit !seen }'
    result=$?
    [ "$result" -eq 0 ] || kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    return "$result"
}

# Waits, 5 s at most, until a command prints something.
demo_await() {
    local i
    for ((i = 0; i < 100; i++)); do
        [ -n "$("$@")" ] && return 0
        sleep 0.05
    done
    return 1
}

# Deleting its interface ends a daemon. The host is deleted last, with the processes that are left in it.
demo_clean_up() {
    local host pid i
    for host in "${DEMO_HOSTS[@]}"; do
        ip -n "$host" link delete "$host" 2>/dev/null
        for ((i = 0; i < 100; i++)); do
            [ -e "/var/run/wireguard/$host.sock" ] || break
            sleep 0.05
        done
        for pid in $(ip netns pids "$host" 2>/dev/null); do
            kill "$pid" 2>/dev/null
        done
        ip netns delete "$host" 2>/dev/null
    done
    return 0
}
