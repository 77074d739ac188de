// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.Peer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Applies one change to the device; made for it and used for nothing else. On the tunnel's thread.
 */
final class DeviceEditor implements TunnelEditor {
    /** What the sockets are asked. */
    @FunctionalInterface
    interface IntSetting {
        void set(int value) throws IOException;
    }

    private final Device device;
    private final IntSetting port;
    private final IntSetting mark;
    private final Set<Peer> touched = new LinkedHashSet<>();

    DeviceEditor(Device device, IntSetting port, IntSetting mark) {
        this.device = device;
        this.port = port;
        this.mark = mark;
    }

    /** What the change made possible is done now. */
    void finish(long nowNs) {
        for (Peer peer : touched) {
            device.peerConfigured(peer, nowNs);
        }
    }

    @Override
    public void privateKey(PrivateKey keyOrNull) {
        device.setPrivateKey(keyOrNull);
    }

    @Override
    public void listenPort(int value) throws IOException {
        if (value < 0 || value > 0xffff) {
            throw new IllegalArgumentException("port must be 0 to 65535");
        }
        port.set(value);
    }

    @Override
    public void fwmark(int value) throws IOException {
        mark.set(value);
    }

    @Override
    public Optional<PeerEditor> peer(PublicKey key) {
        return Optional.ofNullable(device.peer(key)).map(this::edit);
    }

    @Override
    public PeerEditor addPeer(PublicKey key) {
        return key.equals(device.publicKey()) ? new NoPeer() : edit(device.addPeer(key));
    }

    @Override
    public void removePeer(PublicKey key) {
        device.removePeer(key);
    }

    @Override
    public void removePeers() {
        device.removePeers();
    }

    private PeerEditor edit(Peer peer) {
        touched.add(peer);
        return new OnePeer(peer);
    }

    private final class OnePeer implements PeerEditor {
        private final Peer peer;

        OnePeer(Peer peer) {
            this.peer = peer;
        }

        @Override
        public PeerEditor presharedKey(PresharedKey key) {
            device.setPresharedKey(peer, key);
            return this;
        }

        @Override
        public PeerEditor endpoint(InetSocketAddress address) {
            device.setEndpoint(peer, Endpoint.of(address));
            return this;
        }

        @Override
        public PeerEditor persistentKeepalive(int seconds) {
            device.setPersistentKeepalive(peer, seconds);
            return this;
        }

        @Override
        public PeerEditor allowedIp(IpPrefix range) {
            device.addAllowedIp(peer, range);
            return this;
        }

        @Override
        public PeerEditor removeAllowedIp(IpPrefix range) {
            device.removeAllowedIp(peer, range);
            return this;
        }

        @Override
        public PeerEditor removeAllowedIps() {
            device.removeAllowedIps(peer);
            return this;
        }
    }

    /** Stands for the tunnel itself, which is no peer of its own. */
    private static final class NoPeer implements PeerEditor {
        @Override
        public PeerEditor presharedKey(PresharedKey key) {
            return this;
        }

        @Override
        public PeerEditor endpoint(InetSocketAddress address) {
            return this;
        }

        @Override
        public PeerEditor persistentKeepalive(int seconds) {
            return this;
        }

        @Override
        public PeerEditor allowedIp(IpPrefix range) {
            return this;
        }

        @Override
        public PeerEditor removeAllowedIp(IpPrefix range) {
            return this;
        }

        @Override
        public PeerEditor removeAllowedIps() {
            return this;
        }
    }
}
