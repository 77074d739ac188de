# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts that measure whole tunnels in network namespaces: installs and builds what they need.

. "$WGJ_HOME/bin/lib/launch.sh"
. "$WGJ_HOME/bin/lib/packages.sh"

# Installs and builds what the program called $1 needs, and sets LAB_JAVA and LAB_CLASSPATH.
prepare_lab() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "$1 makes network namespaces and needs root: sudo $1" >&2
        return 1
    fi
    install_programs wg:wireguard-tools iperf3:iperf3 ip:iproute2 ss:iproute2 ping:iputils-ping nsenter:util-linux \
        unshare:util-linux mount:mount timeout:coreutils mvn:maven openssl:openssl nft:nftables pkill:procps tcpdump:tcpdump
    # Without it the rest is measured, and the report says that it is missing.
    [ -x "$WGJ_HOME/target/peers/wireguard-go" ] || fetch_wireguard_go "$WGJ_HOME/target/peers" || true

    LAB_JAVA=$(find_java) || return 1
    (cd "$WGJ_HOME" && mvn -q -B -DskipTests -Dformat.skip=true package -pl benchmarks -am) || return 1
    make_caches || true # says so on stderr; it starts without them
    LAB_CLASSPATH="$WGJ_HOME/benchmarks/target/classes:$WGJ_HOME/benchmarks/target/lib/*"
}

# Runs the main class $2 of the program called $1 in place of this shell, with the further arguments.
run_in_lab() {
    prepare_lab "$1"
    exec "$LAB_JAVA" -Xmx256m -XX:+UseSerialGC --add-modules jdk.incubator.vector -cp "$LAB_CLASSPATH" "${@:2}"
}
