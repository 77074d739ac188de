// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.TunnelStatus;

import java.time.Instant;

/** The status of a tunnel as WireGuard's configuration protocol writes it, without secrets. */
final class Metrics {
    private Metrics() {}

    static String text(TunnelStatus status) {
        StringBuilder out = new StringBuilder();
        line(out, "private_key", "REDACTED");
        line(out, "listen_port", status.listenPort());
        for (PeerStatus peer : status.peers()) {
            line(out, "public_key", peer.publicKey().toHex());
            line(out, "preshared_key", "REDACTED");
            line(out, "protocol_version", 1);
            if (peer.endpoint() != null) {
                line(out, "endpoint", peer.endpoint());
            }
            Instant handshake = peer.lastHandshake();
            line(
                    out,
                    "last_handshake_time_sec",
                    handshake == null ? 0 : handshake.getEpochSecond());
            line(out, "last_handshake_time_nsec", handshake == null ? 0 : handshake.getNano());
            line(out, "tx_bytes", peer.sentBytes());
            line(out, "rx_bytes", peer.receivedBytes());
            line(out, "persistent_keepalive_interval", peer.persistentKeepaliveSeconds());
            for (IpPrefix range : peer.allowedIps()) {
                line(out, "allowed_ip", range);
            }
        }
        return out.toString();
    }

    private static void line(StringBuilder out, String key, Object value) {
        out.append(key).append('=').append(value).append('\n');
    }
}
