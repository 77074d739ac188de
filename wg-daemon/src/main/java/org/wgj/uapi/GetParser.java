// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelCounters;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.text.Decimal;
import org.wgj.tunnel.udp.UdpCounters;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the lines of a reply to a get request, which {@link GetReply} writes. It skips unknown
 * keys, as {@code wg} does, because other implementations may send more.
 */
final class GetParser {
    private static final long MAX_UINT32 = 0xffff_ffffL;
    private static final int NANOS_PER_SECOND = 1_000_000_000;

    private final String name;
    private final List<PeerStatus> peers = new ArrayList<>();
    private final Map<PublicKey, PresharedKey> presharedKeys = new HashMap<>();
    private PrivateKey privateKey;
    private int listenPort;
    private int fwmark;
    private PeerLines peer; // the section being read

    GetParser(String name) {
        this.name = name;
    }

    /** The lines of one peer that have been read. */
    private static final class PeerLines {
        final PublicKey publicKey;
        final List<IpPrefix> allowedIps = new ArrayList<>();
        Endpoint endpoint;
        long handshakeSeconds;
        int handshakeNanos;
        long received;
        long sent;
        int keepalive;

        PeerLines(PublicKey publicKey) {
            this.publicKey = publicKey;
        }

        PeerStatus status() {
            boolean never = handshakeSeconds == 0 && handshakeNanos == 0;
            return new PeerStatus(
                    publicKey,
                    endpoint,
                    never ? null : Instant.ofEpochSecond(handshakeSeconds, handshakeNanos),
                    received,
                    sent,
                    keepalive,
                    List.copyOf(allowedIps));
        }
    }

    /**
     * @throws IllegalArgumentException if the value does not fit the key; the message never repeats
     *     the value
     */
    void line(String key, CharSequence value) {
        if (key.equals("public_key")) {
            endPeer();
            peer = new PeerLines(PublicKey.fromHex(value.toString()));
        } else if (peer == null) {
            ofDevice(key, value);
        } else {
            ofPeer(key, value);
        }
    }

    private void ofDevice(String key, CharSequence value) {
        switch (key) {
            case "private_key" -> {
                PrivateKey read = SetParser.privateKey(value); // before the previous one is wiped
                wipe(privateKey);
                privateKey = read;
            }
            case "listen_port" -> listenPort = (int) Decimal.parse(value.toString(), 0xffff);
            case "fwmark" -> fwmark = (int) Decimal.parse(value.toString(), MAX_UINT32);
            default -> {}
        }
    }

    private void ofPeer(String key, CharSequence value) {
        switch (key) {
            case "preshared_key" -> presharedKey(PresharedKey.fromHex(value));
            case "endpoint" ->
                    peer.endpoint = Endpoint.of(EndpointText.parseReply(value.toString()));
            case "last_handshake_time_sec" ->
                    peer.handshakeSeconds =
                            Decimal.parse(value.toString(), Instant.MAX.getEpochSecond());
            case "last_handshake_time_nsec" ->
                    peer.handshakeNanos =
                            (int) Decimal.parse(value.toString(), NANOS_PER_SECOND - 1);
            case "rx_bytes" -> peer.received = Long.parseUnsignedLong(value.toString());
            case "tx_bytes" -> peer.sent = Long.parseUnsignedLong(value.toString());
            case "persistent_keepalive_interval" ->
                    peer.keepalive = (int) Decimal.parse(value.toString(), 0xffff);
            case "allowed_ip" -> peer.allowedIps.add(IpPrefix.parseNetwork(value.toString()));
            default -> {}
        }
    }

    private void presharedKey(PresharedKey key) {
        PresharedKey before =
                key.isNone()
                        ? presharedKeys.remove(peer.publicKey)
                        : presharedKeys.put(peer.publicKey, key);
        if (before != null) {
            before.wipe();
        }
    }

    private static void wipe(PrivateKey keyOrNull) {
        if (keyOrNull != null) {
            keyOrNull.wipe();
        }
    }

    private void endPeer() {
        if (peer != null) {
            peers.add(peer.status());
        }
    }

    /**
     * Returns what was read; call it once, after the last line. The drops are empty, because a get
     * does not report them. The caller wipes the keys.
     */
    StatusWithKeys statusWithKeys() {
        endPeer();
        PublicKey own = privateKey == null ? null : privateKey.publicKey();
        TunnelStatus status =
                new TunnelStatus(
                        name,
                        own,
                        listenPort,
                        fwmark,
                        List.copyOf(peers),
                        Map.of(),
                        UdpCounters.ZERO,
                        TunnelCounters.ZERO);
        return new StatusWithKeys(status, privateKey, presharedKeys);
    }

    /** Overwrites the keys read so far, if the rest of the reply does not arrive. */
    void wipe() {
        wipe(privateKey);
        presharedKeys.values().forEach(PresharedKey::wipe);
    }
}
