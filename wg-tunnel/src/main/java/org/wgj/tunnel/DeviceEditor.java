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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Collects one change and then applies it as a whole. Every method checks its arguments at once, so
 * {@link #commit} can fail only in the sockets, which it changes first: after a failure nothing has
 * changed.
 *
 * <p>Made for one change. Owned by the tunnel's thread.
 */
final class DeviceEditor implements TunnelEditor, AutoCloseable {
    /** Changes the sockets, or fails and leaves them as they were. */
    @FunctionalInterface
    interface Sockets {
        /** An empty value leaves the setting as it is. */
        void change(OptionalInt port, OptionalInt mark) throws IOException;
    }

    private final Device device;
    private final Sockets sockets;
    private final List<Runnable> steps = new ArrayList<>();
    private final Set<PublicKey> touched = new LinkedHashSet<>();
    private final Set<PublicKey> initiations = new LinkedHashSet<>();
    private final List<TunnelEvent> events = new ArrayList<>();
    private final List<Runnable> wipes = new ArrayList<>();
    private OptionalInt port = OptionalInt.empty();
    private OptionalInt mark = OptionalInt.empty();

    // The state of the device after the steps, as far as later calls depend on it.
    private final Map<PublicKey, Boolean> present = new HashMap<>();
    private boolean allRemoved;
    private int peers;
    private PublicKey ownKey;

    private boolean acceptsMistakes;

    DeviceEditor(Device device, Sockets sockets) {
        this.device = device;
        this.sockets = sockets;
        peers = device.peers().size();
        ownKey = device.publicKey();
    }

    /**
     * Applies everything that was collected.
     *
     * @return the events to report
     * @throws IOException if the sockets refuse their part; nothing has changed then
     */
    List<TunnelEvent> commit(long nowNs) throws IOException {
        if (port.isPresent() || mark.isPresent()) {
            sockets.change(port, mark);
        }
        steps.forEach(Runnable::run);
        for (PublicKey key : touched) {
            Peer peer = device.peer(key);
            if (peer != null) {
                device.peerConfigured(peer, nowNs);
            }
        }
        for (PublicKey key : initiations) {
            Peer peer = device.peer(key);
            if (peer != null) {
                device.initiate(peer, null, nowNs);
            }
        }
        return events;
    }

    private void addNow(PublicKey key) {
        device.addPeer(key);
        events.add(new TunnelEvent.PeerAdded(key));
    }

    private void removeNow(PublicKey key) {
        if (device.peer(key) != null) {
            device.removePeer(key);
            events.add(new TunnelEvent.PeerRemoved(key));
        }
    }

    private void removeAllNow() {
        device.peers().stream().map(Peer::publicKey).toList().forEach(this::removeNow);
    }

    /** Wipes the copies of keys. */
    @Override
    public void close() {
        wipes.forEach(Runnable::run);
    }

    @Override
    public void acceptMistakes() {
        acceptsMistakes = true;
    }

    @Override
    public void privateKey(PrivateKey keyOrNull) {
        if (keyOrNull == null) {
            ownKey = null;
            steps.add(() -> device.setPrivateKey(null));
            return;
        }
        change(keyOrNull, device::setPrivateKey);
    }

    @Override
    public void renewPrivateKey(PrivateKey key) {
        change(key, device::renewPrivateKey);
    }

    private void change(PrivateKey key, Consumer<PrivateKey> change) {
        PrivateKey copy = key.copy();
        wipes.add(copy::wipe);
        ownKey = copy.publicKey();
        if (Boolean.TRUE.equals(present.get(ownKey)) && !acceptsMistakes) {
            throw Arguments.ownKeyAsPeer(ownKey);
        }
        PublicKey own = ownKey;
        steps.add(
                () -> {
                    removeNow(own);
                    change.accept(copy);
                });
        markRemoved(own);
    }

    @Override
    public void listenPort(int value) {
        port = OptionalInt.of(Arguments.port(value));
    }

    @Override
    public void fwmark(int value) {
        mark = OptionalInt.of(value);
    }

    @Override
    public Optional<PeerEditor> peer(PublicKey key) {
        return exists(Objects.requireNonNull(key, "key"))
                ? Optional.of(edit(key))
                : Optional.empty();
    }

    @Override
    public PeerEditor addPeer(PublicKey key) {
        if (key.equals(ownKey)) {
            if (!acceptsMistakes) {
                throw Arguments.ownKeyAsPeer(key);
            }
            return new NoPeer();
        }
        if (!exists(key)) {
            if (peers == Device.MAX_PEERS) {
                throw new IllegalArgumentException(
                        "a tunnel has at most " + Device.MAX_PEERS + " peers");
            }
            peers++;
            present.put(key, true);
            steps.add(() -> addNow(key));
        }
        return edit(key);
    }

    @Override
    public void removePeer(PublicKey key) {
        Objects.requireNonNull(key, "key");
        steps.add(() -> removeNow(key));
        markRemoved(key);
    }

    @Override
    public void removePeers() {
        steps.add(this::removeAllNow);
        present.clear();
        allRemoved = true;
        peers = 0;
    }

    private boolean exists(PublicKey key) {
        Boolean known = present.get(key);
        return known != null ? known : !allRemoved && device.peer(key) != null;
    }

    private void markRemoved(PublicKey key) {
        if (exists(key)) {
            present.put(key, false);
            peers--;
        }
    }

    private PeerEditor edit(PublicKey key) {
        touched.add(key);
        return new OnePeer(key);
    }

    private final class OnePeer implements PeerEditor {
        private final PublicKey key;

        OnePeer(PublicKey key) {
            this.key = key;
        }

        /** The same change may have removed the peer before the step. */
        private PeerEditor step(Consumer<Peer> step) {
            steps.add(
                    () -> {
                        Peer peer = device.peer(key);
                        if (peer != null) {
                            step.accept(peer);
                        }
                    });
            return this;
        }

        @Override
        public PeerEditor presharedKey(PresharedKey key) {
            PresharedKey copy = key.copy();
            wipes.add(copy::wipe);
            return step(peer -> device.setPresharedKey(peer, copy));
        }

        @Override
        public PeerEditor endpoint(InetSocketAddress address) {
            Endpoint endpoint =
                    Endpoint.of(acceptsMistakes ? address : Arguments.endpoint(address));
            return step(peer -> device.setEndpoint(peer, endpoint));
        }

        @Override
        public PeerEditor managedEndpoint(boolean managed) {
            return step(peer -> device.setManagedEndpoint(peer, managed));
        }

        @Override
        public PeerEditor standsInFor(PublicKey otherOrNull) {
            return step(peer -> device.setStandsInFor(peer, otherOrNull));
        }

        @Override
        public PeerEditor handshakesAllowed(boolean allowed) {
            return step(peer -> device.setHandshakesAllowed(peer, allowed));
        }

        @Override
        public PeerEditor handshakeEndpoints(List<InetSocketAddress> addresses) {
            List<Endpoint> endpoints =
                    Arguments.handshakeEndpoints(addresses).stream().map(Endpoint::of).toList();
            return step(peer -> device.setHandshakeEndpoints(peer, endpoints));
        }

        @Override
        public PeerEditor initiate() {
            initiations.add(key);
            return this;
        }

        @Override
        public PeerEditor persistentKeepalive(int seconds) {
            Arguments.keepalive(seconds);
            return step(peer -> device.setPersistentKeepalive(peer, seconds));
        }

        @Override
        public PeerEditor allowedIp(IpPrefix range) {
            Objects.requireNonNull(range, "range");
            return step(
                    peer -> {
                        Peer before = device.addAllowedIp(peer, range);
                        if (before != null) {
                            events.add(
                                    new TunnelEvent.AllowedIpMoved(range, before.publicKey(), key));
                        }
                    });
        }

        @Override
        public PeerEditor removeAllowedIp(IpPrefix range) {
            Objects.requireNonNull(range, "range");
            return step(peer -> device.removeAllowedIp(peer, range));
        }

        @Override
        public PeerEditor removeAllowedIps() {
            return step(device::removeAllowedIps);
        }
    }

    /** Stands for the tunnel itself, which cannot be its own peer; ignores every setting. */
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
        public PeerEditor managedEndpoint(boolean managed) {
            return this;
        }

        @Override
        public PeerEditor standsInFor(PublicKey otherOrNull) {
            return this;
        }

        @Override
        public PeerEditor handshakesAllowed(boolean allowed) {
            return this;
        }

        @Override
        public PeerEditor handshakeEndpoints(List<InetSocketAddress> addresses) {
            return this;
        }

        @Override
        public PeerEditor initiate() {
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
