// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import java.util.Locale;

/**
 * A fault of the tunnel, which is over when the scripts have run. The near process stays the same
 * through all of them.
 */
enum NetFault {
    CABLE_CUT("ip link set eth0 down; sleep 8; ip link set eth0 up", ""),
    LOSSY_CABLE(
            """
            nft add table inet soak
            nft 'add chain inet soak in { type filter hook input priority 0; }'
            nft add rule inet soak in meta l4proto udp numgen random mod 100 '<' 5 drop
            sleep 10; nft delete table inet soak\
            """,
            ""),
    FAR_STOPPED("", "kill -STOP $PID; sleep 12; kill -CONT $PID"),
    FAR_KILLED("", ""),
    ADDRESS_CHANGED(
            """
            ip address flush dev eth0
            ip address add 192.0.2.$((10 + RANDOM % 200))/24 dev eth0
            sleep 4
            ip address flush dev eth0
            ip address add 192.0.2.1/24 dev eth0\
            """,
            ""),
    JUNK(
            "",
            """
            exec 3>/dev/udp/192.0.2.1/51820
            for size in 148 92 64 32 1452; do
                dd if=/dev/urandom bs=$size count=2000 status=none >&3 || true
            done\
            """);

    private final String near;
    private final String far;

    /** Scripts of either host; an empty one does nothing. */
    NetFault(String near, String far) {
        this.near = near;
        this.far = far;
    }

    String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    String near() {
        return near;
    }

    /** Returns the script for the far host. */
    String far(String pid) {
        return far.replace("$PID", pid);
    }

    SoakClient.Excuse excuse() {
        return this == FAR_KILLED ? SoakClient.Excuse.RESTART : SoakClient.Excuse.LOSS;
    }
}
