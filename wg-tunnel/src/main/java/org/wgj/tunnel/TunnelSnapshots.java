// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.PeerStatus;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.Peer;
import org.wgj.tun.Tun;
import org.wgj.tunnel.jfr.FlightSource;
import org.wgj.tunnel.udp.UdpOffloads;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Takes snapshots of a tunnel: its status, its counters and its data path. It changes nothing.
 *
 * <p>Owned by the loop's thread.
 */
final class TunnelSnapshots {
    private final Tun tun;
    private final Device device;
    private final TunnelSockets sockets;
    private final TunReader reader;
    private final TunWriter writer;
    private final TransportAead aead;

    TunnelSnapshots(
            Tun tun,
            Device device,
            TunnelSockets sockets,
            TunReader reader,
            TunWriter writer,
            TransportAead aead) {
        this.tun = tun;
        this.device = device;
        this.sockets = sockets;
        this.reader = reader;
        this.writer = writer;
        this.aead = aead;
    }

    TunnelStatus status() {
        return new TunnelStatus(
                tun.name(),
                device.publicKey(),
                sockets.port(),
                sockets.mark(),
                device.peers().stream().map(Peer::status).toList(),
                device.drops(),
                sockets.counters(),
                counters());
    }

    Optional<PeerStatus> peer(PublicKey key) {
        return Optional.ofNullable(device.peer(key)).map(Peer::status);
    }

    /** The caller wipes the keys. */
    StatusWithKeys statusWithKeys() {
        return statusWithKeys(status(), device);
    }

    static StatusWithKeys statusWithKeys(TunnelStatus status, Device device) {
        Map<PublicKey, PresharedKey> presharedKeys = new HashMap<>();
        for (Peer peer : device.peers()) {
            PresharedKey key = peer.presharedKey();
            if (!key.isNone()) {
                presharedKeys.put(peer.publicKey(), key);
            }
        }
        return new StatusWithKeys(status, device.privateKey(), presharedKeys);
    }

    /**
     * Describes the data path.
     *
     * @param loopDelay how long the question waited for the event loop
     */
    DataPathInfo dataPath(Duration loopDelay) {
        UdpOffloads udp = sockets.offloadsOrNull();
        return new DataPathInfo(
                aead.name(),
                aead.workers(),
                tun.offloads(),
                udp != null && udp.gso(),
                udp != null && udp.gro(),
                device.drops(),
                sockets.counters(),
                counters(),
                loopDelay);
    }

    /** Returns the counters that Flight Recorder gets. */
    FlightSource.Counters recorded() {
        TunCounters packets = writer.counters(reader.packets());
        return new FlightSource.Counters(
                device.drops(), sockets.counters(), packets.read(), packets.written());
    }

    private TunnelCounters counters() {
        return new TunnelCounters(
                device.handshakes(),
                writer.counters(reader.packets()),
                device.stagedBytes(),
                sockets.queuedBytes());
    }
}
