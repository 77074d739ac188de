# SPDX-License-Identifier: Apache-2.0
# Sourced by bin/wgj: "demo mesh" as root, a coordinator and five nodes on machines made of namespaces.

. "$WGJ_HOME/bin/lib/hosts.sh"
. "$WGJ_HOME/bin/lib/packages.sh"

readonly DEMO_NODES=(web-1 web-2 db home-1 home-2) # the last two are behind routers

demo_mesh() {
    local begin
    # shellcheck disable=SC2086
    install_programs ip:iproute2 nft:nftables ping:iputils-ping nsenter:util-linux unshare:util-linux setpriv:util-linux \
        $WGJ_BUILD_PROGRAMS || return 1
    ensure_built && can_make_hosts || return 1
    begin=$(now_us)
    # Five nodes would warm up at the same time, on this one machine, for traffic that they will not get.
    export WGJ_JAVA_OPTS="-Dwgj.warmUp=off ${WGJ_JAVA_OPTS:-}"

    trap demo_mesh_end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    HOST_LOGS=$(mktemp -d) || return 1
    demo_mesh_machines && demo_mesh_join && demo_mesh_matrix && demo_mesh_without_coordinator || {
        echo "the demo failed; the last words of the programs:" >&2
        tail -n 5 "$HOST_LOGS"/*.log >&2
        echo "without root, bin/wgj demo shows a tunnel between two processes" >&2
        return 1
    }
    demo_mesh_end
    echo "==> all of it took $(seconds $(($(now_us) - begin))); the machines and what was on them are gone"
}

demo_mesh_end() {
    remove_hosts
    [ -z "${HOST_LOGS:-}" ] || rm -rf "$HOST_LOGS"
    HOST_LOGS=
}

demo_mesh_machines() {
    local i begin
    begin=$(now_us)
    add_internet && add_coordinator || return 1
    for i in 0 1 2; do add_public_host "${DEMO_NODES[i]}" "203.0.113.$((10 + i))" || return 1; done
    for i in 3 4; do add_home_host "${DEMO_NODES[i]}" "203.0.113.$((10 + i))" || return 1; done
    echo "==> six machines and two home routers, made of namespaces, in $(seconds $(($(now_us) - begin)))"
    echo "    coordinator $MESH_COORDINATOR, web-1, web-2 and db beside it; home-1 and home-2 behind routers (nftables masquerade)"

    begin=$(now_us)
    coordinate init --name demo --cidr 10.77.0.0/16 --endpoint "$MESH_COORDINATOR:51820" 2>"$HOST_LOGS/init.log" || return 1
    serve_mesh && DEMO_TOKEN=$(coordinate token --uses 5 2>"$HOST_LOGS/token.log") || return 1
    echo "==> wgj mesh init, serve and token, as the user $(demo_mesh_user) without any capability, in $(seconds $(($(now_us) - begin)))"
}

demo_mesh_user() {
    case ${COORDINATOR_USER[2]} in 0) echo root ;; *) echo nobody ;; esac
}

demo_mesh_join() {
    local name begin
    echo "==> wgj join TOKEN on each node; it returns when the coordinator and all nodes before it have answered"
    for name in "${DEMO_NODES[@]}"; do
        begin=$(now_us)
        node "$name" join --name "$name" "$DEMO_TOKEN" </dev/null >"$HOST_LOGS/table" 2>"$HOST_LOGS/join-$name.log" || return 1
        echo "    $name joined in $(seconds $(($(now_us) - begin)))"
    done
    sed 's/^/    /' "$HOST_LOGS/table"
    demo_mesh_pings
}

# The addresses are given in the order of joining, from 10.77.0.2.
demo_mesh_pings() {
    local i other answered=0 pairs=0
    local -a jobs=()
    for i in "${!DEMO_NODES[@]}"; do
        for other in "${!DEMO_NODES[@]}"; do
            [ "$i" != "$other" ] || continue
            on "${DEMO_NODES[i]}" ping -n -q -c 3 -i 0.2 -W 5 "10.77.0.$((other + 2))" >"$HOST_LOGS/ping-$i-$other" 2>&1 &
            jobs+=($!)
            pairs=$((pairs + 1))
        done
    done
    for i in "${jobs[@]}"; do wait "$i" && answered=$((answered + 1)); done
    echo "==> ping, each node to each other: $answered of $pairs answer, $(demo_mesh_times)"
    [ "$answered" = "$pairs" ]
}

# Prints the range of the mean round trips of the last pings.
demo_mesh_times() {
    sed -n 's|^rtt .* = [^/]*/\([^/]*\)/.*|\1|p' "$HOST_LOGS"/ping-* | sort -g |
        awk 'NR == 1 { least = $1 } { most = $1 } END { printf "in %.1f to %.1f ms on average", least, most }'
}

# Between the two routers the relay carries packets until both have let the other's in.
demo_mesh_matrix() {
    local begin
    begin=$(now_us)
    await 90 demo_mesh_needs_no_relay || {
        coordinate status >&2
        echo "some links are still relayed or missing" >&2
        return 1
    }
    echo "==> wgj mesh status, when the last relayed link had become direct, $(seconds $(($(now_us) - begin))) later"
    coordinate status | sed 's/^/    /'
}

# Asks for what "wgj mesh status" shows, without the start of a JVM.
demo_mesh_needs_no_relay() {
    local status
    status=$(on coordinator bash -c '
        exec 3<>/dev/tcp/127.0.0.1/7707
        printf "GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1:7707\r\nConnection: close\r\n\r\n" >&3
        cat <&3') && [[ $status == *'"up":10,'* && $status == *'"relay":0,'* ]]
}

demo_mesh_without_coordinator() {
    local begin
    kill_coordinator || return 1
    echo "==> kill -9: the coordinator is gone"
    demo_mesh_pings || return 1

    on web-2 sh -c "kill -9 \$(cat $MESH_STATE/node/lock)" || return 1
    await 60 demo_mesh_is_down || return 1
    begin=$(now_us)
    node web-2 mesh up </dev/null >"$HOST_LOGS/restarted.log" 2>&1 &
    await 90 demo_mesh_reaches_all || return 1
    echo "==> web-2 was killed too: it starts from the map that it kept, and reaches all others after $(seconds $(($(now_us) - begin)))"
    demo_mesh_pings
}

demo_mesh_is_down() {
    ! on web-2 ip link show wg0
}

demo_mesh_reaches_all() {
    local i
    for i in 2 4 5 6; do on web-2 ping -n -q -c 1 -W 1 "10.77.0.$i" || return 1; done
}
