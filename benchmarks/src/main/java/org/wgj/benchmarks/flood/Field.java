// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.flood;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.crypto.PrivateKey;
import org.wgj.lab.Host;

import java.io.IOException;

/**
 * A tunnel whose far end, the victim, also has a cable to an attacker. All addresses that the
 * attacker claims are routed to that cable.
 *
 * <pre>
 * near ==== wg0 ==== victim 198.51.100.2, fd66::2 ---- attacker 198.51.100.66, fd66::66
 *                                                        10.64.0.0/10, fd64::/64
 * </pre>
 */
final class Field implements AutoCloseable {
    static final String VICTIM_4 = "198.51.100.2";
    static final String VICTIM_6 = "fd66::2";

    /** 10.64.0.0 and fd64::, as numbers. */
    static final long SPOOFED_IPV4 = 0x0a40_0000L;

    static final long SPOOFED_IPV6 = 0xfd64L << 48;

    private final MeasuredTunnel tunnel;
    private final Host attacker;
    private final PrivateKey accomplice = PrivateKey.generate();
    private final String victimKey;

    Field(Carrier implementation) throws IOException {
        tunnel = MeasuredTunnel.open(implementation);
        Host opened = null;
        try {
            opened = new Host("attacker");
            attacker = opened;
            Host.connect(attacker, "eth0", victim(), "eth1");
            victim().sh(
                            """
                            ip address add 198.51.100.2/24 dev eth1 &&
                            ip address add fd66::2/64 dev eth1 nodad &&
                            ip route add 10.64.0.0/10 via 198.51.100.66 &&
                            ip route add fd64::/64 via fd66::66\
                            """);
            attacker.sh(
                    """
                    ip address add 198.51.100.66/24 dev eth0 &&
                    ip address add fd66::66/64 dev eth0 nodad &&
                    ip route add local 10.64.0.0/10 dev lo &&
                    ip route add local fd64::/64 dev lo &&
                    echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind\
                    """);
            victimKey = victim().sh("wg show wg0 public-key");
            addPeer(accomplice, "10.0.0.66/32");
        } catch (IOException | RuntimeException | AssertionError e) {
            tunnel.close();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
    }

    MeasuredTunnel tunnel() {
        return tunnel;
    }

    Host near() {
        return tunnel.near();
    }

    Host victim() {
        return tunnel.far();
    }

    Host attacker() {
        return attacker;
    }

    String victimKey() {
        return victimKey;
    }

    /** The key of the victim's one peer that is on the attacker's side. */
    PrivateKey accomplice() {
        return accomplice;
    }

    void addPeer(PrivateKey key, String allowedIps) throws IOException {
        victim().sh(
                        "wg set wg0 peer %s allowed-ips %s"
                                .formatted(key.publicKey().toBase64(), allowedIps));
    }

    void removePeer(PrivateKey key) throws IOException {
        victim().sh("wg set wg0 peer %s remove".formatted(key.publicKey().toBase64()));
    }

    /** The receiver index of what near sends to the victim now. */
    int receiverIndex() throws IOException {
        near().sh("ping -n -c 50 -i 0.1 %s >/dev/null 2>&1 &".formatted(MeasuredTunnel.FAR_4));
        // Big endian as tcpdump prints it, little endian on the wire.
        String hex =
                victim().sh(
                                """
                                tcpdump -n -i eth0 -c 1 -x 'udp dst port 51820 and udp[8] = 4' 2>/dev/null |
                                    sed -n 's/^\\s*0x[0-9a-f]*: *//p' | tr -d ' \\n'\
                                """);
        int index = 2 * (20 + 8 + 4); // behind the headers of IP and UDP and the type
        return Integer.reverseBytes(Integer.parseUnsignedInt(hex.substring(index, index + 8), 16));
    }

    @Override
    public void close() {
        attacker.close();
        tunnel.close();
    }
}
