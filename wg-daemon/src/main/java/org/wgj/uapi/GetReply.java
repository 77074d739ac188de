// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelStatus;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the reply to a get request piece by piece. So a tunnel of any size needs one small buffer,
 * and a slow reader delays no other work. Keys and their order are those of wireguard-go. Peers and
 * allowed IPs are in the order they were added, as the kernel lists them.
 */
final class GetReply {
    private final StatusWithKeys withKeys;
    private final TunnelStatus status;
    private boolean begun;
    private int peer; // the index of the next one to write
    private int allowedIp = -1; // the next one to write; -1: the lines before them
    private boolean ended;

    /**
     * @param withKeys the reply wipes its keys
     */
    GetReply(StatusWithKeys withKeys) {
        this.withKeys = withKeys;
        this.status = withKeys.status();
    }

    /**
     * Appends lines until {@code out} holds at least {@code enough} bytes or everything is written.
     * It exceeds {@code enough} by less than 1 KiB.
     *
     * @return whether everything is written
     * @throws IllegalStateException if a key has been wiped; the reply must be an error then
     */
    boolean write(ByteBuffer out, int enough) {
        while (!ended && out.position() < enough) {
            step(out);
        }
        return ended;
    }

    /** Overwrites the keys. Nothing can be written afterwards. */
    void wipe() {
        withKeys.wipe();
    }

    private void step(ByteBuffer out) {
        List<PeerStatus> peers = status.peers();
        if (!begun) {
            device(out);
            begun = true;
        } else if (peer == peers.size()) {
            put(out, end(0));
            ended = true;
        } else if (allowedIp < 0) {
            peer(out, peers.get(peer));
            allowedIp = 0;
        } else if (allowedIp < peers.get(peer).allowedIps().size()) {
            IpPrefix range = peers.get(peer).allowedIps().get(allowedIp++);
            line(out, "allowed_ip", range.toString());
        } else {
            peer++;
            allowedIp = -1;
        }
    }

    private void device(ByteBuffer out) {
        if (withKeys.privateKey() != null) {
            secret(out, "private_key", withKeys.privateKey().toHexBytes());
        }
        if (status.listenPort() != 0) {
            line(out, "listen_port", Integer.toString(status.listenPort()));
        }
        if (status.fwmark() != 0) {
            line(out, "fwmark", Integer.toUnsignedString(status.fwmark()));
        }
    }

    private void peer(ByteBuffer out, PeerStatus peer) {
        line(out, "public_key", peer.publicKey().toHex());
        // Zeros if there is none, for which wg prints "(none)".
        secret(out, "preshared_key", withKeys.presharedKey(peer.publicKey()).toHexBytes());
        line(out, "protocol_version", "1");
        if (peer.endpoint() != null) {
            // The zone is a number, because wg crashes on a name that is unknown in its network
            // namespace.
            line(out, "endpoint", peer.endpoint().toString());
        }
        Instant handshake = peer.lastHandshake() == null ? Instant.EPOCH : peer.lastHandshake();
        line(out, "last_handshake_time_sec", Long.toString(handshake.getEpochSecond()));
        line(out, "last_handshake_time_nsec", Integer.toString(handshake.getNano()));
        line(out, "tx_bytes", Long.toUnsignedString(peer.sentBytes()));
        line(out, "rx_bytes", Long.toUnsignedString(peer.receivedBytes()));
        line(
                out,
                "persistent_keepalive_interval",
                Integer.toString(peer.persistentKeepaliveSeconds()));
    }

    private static void line(ByteBuffer out, String key, String value) {
        put(out, line(key, value));
    }

    /** Wipes the value. */
    private static void secret(ByteBuffer out, String key, byte[] value) {
        put(out, key + "=");
        out.put(value).put((byte) '\n');
        Arrays.fill(value, (byte) 0);
    }

    /** Returns one line of a reply, for a value that is no secret. */
    static String line(String key, String value) {
        return key + "=" + value + "\n";
    }

    /**
     * Returns the end of a reply.
     *
     * @param errno 0 or positive after a well-formed get, 0 or negative after a set, as {@code wg}
     *     expects
     */
    static String end(int errno) {
        return line("errno", Integer.toString(errno)) + "\n";
    }

    static void put(ByteBuffer out, String ascii) {
        out.put(ascii.getBytes(StandardCharsets.US_ASCII));
    }
}
