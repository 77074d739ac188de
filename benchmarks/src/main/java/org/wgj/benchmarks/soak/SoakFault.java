// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.soak;

import org.wgj.benchmarks.lab.MeasuredTunnel;

import java.io.IOException;
import java.util.Locale;

/**
 * A fault of the tunnel, which is over when the scripts have run. The near daemon stays the same
 * process through all of them.
 */
enum SoakFault {
    CABLE_CUT("ip link set eth0 down; sleep 8; ip link set eth0 up", ""),
    LOSSY_CABLE(
            """
            nft add table inet soak
            nft 'add chain inet soak in { type filter hook input priority 0; }'
            nft add rule inet soak in meta l4proto udp numgen random mod 100 '<' 20 drop
            sleep 10; nft delete table inet soak\
            """,
            ""),
    FAR_STOPPED("", "") {
        @Override
        void strike(MeasuredTunnel tunnel) throws IOException {
            String pid = tunnel.farDaemon().pid();
            tunnel.far()
                    .sh(
                            DEADLINE_SECONDS,
                            "kill -STOP %1$s; sleep 20; kill -CONT %1$s".formatted(pid));
        }
    },
    FAR_KILLED("", "") {
        @Override
        void strike(MeasuredTunnel tunnel) throws IOException {
            tunnel.replaceFarDaemon();
        }
    },
    PEER_REMOVED(
            """
            wg showconf wg0 >/run/soak.conf; wg set wg0 peer $(wg show wg0 peers) remove; sleep 3
            wg setconf wg0 /run/soak.conf\
            """,
            ""),
    PORT_CHANGED("wg set wg0 listen-port $((51821 + RANDOM % 1000))", ""),
    ADDRESS_CHANGED(
            """
            ip address flush dev eth0
            ip address add 192.0.2.$((10 + RANDOM % 200))/24 dev eth0\
            """,
            ""),
    INTERFACE_DOWN(
            "ip link set wg0 down; sleep 3; ip link set wg0 up; ip address add fd00::1/64 dev wg0"
                    + " nodad",
            ""),
    JUNK(
            "",
            """
            exec 3>/dev/udp/$(wg show wg0 endpoints | cut -f 2 | tr : /)
            for size in 148 92 64 32 1452; do
                dd if=/dev/urandom bs=$size count=5000 status=none >&3
            done\
            """),
    MANY_QUESTIONS(
            "for i in $(seq 200); do wg show wg0 dump >/dev/null & [ $((i % 20)) -ne 0 ] || wait;"
                    + " done; wait",
            "");

    private static final int DEADLINE_SECONDS = 60;

    private final String near;
    private final String far;

    /** Scripts of either host; an empty one does nothing. */
    SoakFault(String near, String far) {
        this.near = near;
        this.far = far;
    }

    String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    void strike(MeasuredTunnel tunnel) throws IOException {
        if (!near.isEmpty()) {
            tunnel.near().sh(DEADLINE_SECONDS, "set -e\n" + near);
        }
        if (!far.isEmpty()) {
            tunnel.far().sh(DEADLINE_SECONDS, "set -e\n" + far);
        }
    }
}
