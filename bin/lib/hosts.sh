# SPDX-License-Identifier: Apache-2.0
# Sourced by the demo of a mesh and by bin/mesh-bench: machines made of namespaces, and a mesh on them.
#
# A machine is one process with its own network, processes and an empty /run. Everything in it ends with that process, which the
# kernel ends with this shell, however that ends. So nothing is left, neither after Ctrl-C nor after kill -9.

declare -A HOST_PID=() # of a machine's first process, by the machine's name
HOST_JOBS=()           # the processes that hold the machines
HOST_CABLES=0

readonly MESH_COORDINATOR=203.0.113.1 MESH_STATE=/run/state

# Checks that the machine can make hosts, and says what is missing.
can_make_hosts() {
    [ -c /dev/net/tun ] || {
        echo "/dev/net/tun is missing: load the module tun, or give the container --device /dev/net/tun" >&2
        return 1
    }
    unshare --net --mount --pid --fork --mount-proc true || {
        echo "this machine makes no namespaces, even for root: a container needs --privileged for that" >&2
        return 1
    }
}

# Makes the machine $1, with nothing but a loopback interface.
add_host() {
    local out line=
    exec {out}< <(exec setpriv --pdeathsig KILL unshare --net --mount --pid --fork --mount-proc --kill-child bash -ec '
        mount -t tmpfs tmpfs /run
        [ -L /var/run ] || mount --bind /run /var/run
        mount -t sysfs sysfs /sys
        ip link set lo up
        echo ready
        while sleep infinity; do :; done # a shell, since the first process must collect those that ended' </dev/null 2>&1)
    HOST_JOBS+=("$!")
    read -r -u "$out" line || true
    [ "$line" = ready ] || {
        echo "no machine $1: ${line:-unshare failed}" >&2
        return 1
    }
    exec {out}<&-
    read -r "HOST_PID[$1]" <"/proc/$!/task/$!/children" || [ -n "${HOST_PID[$1]:-}" ] # the line has no end
}

# Runs a program on the machine $1.
on() {
    nsenter -t "${HOST_PID[$1]}" -n -m -p -- "${@:2}"
}

# Lays a cable from the link $2 of the machine $1 to the link $4 of the machine $3.
connect_hosts() {
    nsenter -t "${HOST_PID[$1]}" -n ip link add "$2" type veth peer name "$4" netns "${HOST_PID[$3]}" &&
        on "$1" ip link set "$2" up && on "$3" ip link set "$4" up
}

# The internet: a bridge. It is made first.
add_internet() {
    add_host internet && on internet ip link add bridge type bridge && on internet ip link set bridge up
}

# Connects the link $2 of the machine $1 to the internet, with the address $3.
connect_to_internet() {
    local port=port$((HOST_CABLES++))
    connect_hosts "$1" "$2" internet "$port" && on internet ip link set "$port" master bridge &&
        on "$1" ip address add "$3/24" dev "$2"
}

# Makes the machine $1 with the public address $2.
add_public_host() {
    add_host "$1" && connect_to_internet "$1" eth0 "$2"
}

# Makes the machine $1 behind a router with the public address $2. The router translates addresses and lets nothing in that was
# not asked for.
add_home_host() {
    local router=$1-router
    add_host "$router" && connect_to_internet "$router" wan "$2" &&
        add_host "$1" && connect_hosts "$1" eth0 "$router" lan &&
        on "$router" ip address add 192.168.1.1/24 dev lan &&
        on "$1" ip address add 192.168.1.2/24 dev eth0 &&
        on "$1" ip route add default via 192.168.1.1 &&
        on "$router" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' &&
        on "$router" nft -f - <<'end'
table ip home {
    chain translate {
        type nat hook postrouting priority srcnat
        oifname wan masquerade
    }
    chain forward {
        type filter hook forward priority 0
        policy drop
        ct state established,related accept
        iifname lan accept
    }
    chain input {
        type filter hook input priority 0
        iifname wan meta l4proto udp drop
    }
}
end
}

# Ends all machines and waits until they are gone.
remove_hosts() {
    local job
    for job in "${HOST_JOBS[@]}"; do kill -9 "$job" 2>/dev/null || true; done
    for job in "${HOST_JOBS[@]}"; do wait "$job" 2>/dev/null || true; done
    HOST_JOBS=() HOST_PID=()
    return 0
}

# Makes the coordinator's machine. The coordinator is the user nobody, if that user can read wgj; it never has a capability.
add_coordinator() {
    add_public_host coordinator "$MESH_COORDINATOR" || return 1
    local user=65534
    on coordinator setpriv --reuid "$user" --regid "$user" --clear-groups --bounding-set=-all --inh-caps=-all \
        test -r "$WGJ_LIB" -a -x "$WGJ_LIB" -a -r "$WGJ_HOME/bin/wgj" 2>/dev/null || user=0
    COORDINATOR_USER=(setpriv --reuid "$user" --regid "$user" --clear-groups --bounding-set=-all --inh-caps=-all)
    on coordinator install -d -o "$user" -g "$user" -m 700 "$MESH_STATE"
}

# Runs "wgj mesh" with the arguments as the coordinator's user.
coordinate() {
    on coordinator env HOME=/nonexistent "${COORDINATOR_USER[@]}" "$WGJ_HOME/bin/wgj" mesh "$@" --state "$MESH_STATE"
}

# Starts the coordinator and waits until it serves.
serve_mesh() {
    on coordinator sh -c 'rm -f "$1"/coordinator/coordinator.sock' - "$MESH_STATE"
    on coordinator sh -c 'echo $$ >/run/serve.pid && exec "$@"' - env HOME=/nonexistent LOG_LEVEL=debug \
        "${COORDINATOR_USER[@]}" "$WGJ_HOME/bin/wgj" mesh serve --state "$MESH_STATE" \
        </dev/null >/dev/null 2>"$HOST_LOGS/coordinator.log" &
    disown
    await 90 on coordinator test -S "$MESH_STATE/coordinator/coordinator.sock" || {
        cat "$HOST_LOGS/coordinator.log" >&2
        echo "the coordinator did not start" >&2
        return 1
    }
}

# Kills the coordinator, as when its machine is switched off.
kill_coordinator() {
    on coordinator sh -c 'kill -9 $(cat /run/serve.pid)'
}

# Runs a command of wgj on the node $1; the state folder is that of the node.
node() {
    on "$1" "$WGJ_HOME/bin/wgj" "${@:2}" --state "$MESH_STATE"
}

# Repeats a command, $1 seconds at most, until it succeeds.
await() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

# Microseconds since 1970, without a process.
now_us() {
    printf '%s' "${EPOCHREALTIME/[.,]/}"
}

# Prints the microseconds given as seconds with two digits.
seconds() {
    printf '%d.%02d s' $(($1 / 1000000)) $(($1 / 10000 % 100))
}
