// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.tun.Tun;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A WireGuard tunnel: the front door for programs that embed one. It carries packets between a
 * {@link Tun}, an interface of the system or one in memory, and its peers.
 *
 * <pre>{@code
 * MemoryTun packets = new MemoryTun("wg0", 1420);
 * try (Tunnel tunnel = Tunnel.builder(packets)
 *         .privateKey(key)
 *         .peer(serverKey, peer -> peer
 *                 .endpoint(new InetSocketAddress("192.0.2.1", 51820))
 *                 .allowedIp(IpPrefix.parse("10.0.0.0/24")))
 *         .listener(event -> System.out.println(event))
 *         .start()) {
 *     packets.offer(ipPacket);
 *     byte[] answer = packets.receive(5, TimeUnit.SECONDS);
 * }
 * }</pre>
 *
 * <p>All methods may be called from any thread. The tunnel has one thread of its own, on which
 * changes are applied and the listener is called; do not wait there for what it has to do.
 */
public final class Tunnel implements Configurable, AutoCloseable {
    private final TunnelLoop loop;

    private Tunnel(TunnelLoop loop) {
        this.loop = loop;
    }

    /**
     * @param tun where packets come from and go to; the tunnel owns it from {@link Builder#start}
     *     on, and closes it
     */
    public static Builder builder(Tun tun) {
        return new Builder(tun);
    }

    /** The interface's name. */
    public String name() {
        return loop.name();
    }

    @Override
    public CompletableFuture<TunnelStatus> status() {
        return loop.submit(loop::status);
    }

    @Override
    public CompletableFuture<TunnelConfiguration> configuration() {
        return loop.submit(loop::configuration, TunnelConfiguration::wipe);
    }

    @Override
    public CompletableFuture<TunnelEngine> engine() {
        return loop.submit(loop::engine);
    }

    @Override
    public CompletableFuture<Void> configure(TunnelChange change) {
        Objects.requireNonNull(change);
        return loop.submit(
                () -> {
                    loop.apply(change);
                    return null;
                });
    }

    /**
     * Completed when the tunnel is closed, be it by {@link #close} or because its interface was
     * deleted.
     */
    public CompletableFuture<Void> whenClosed() {
        return loop.whenClosed();
    }

    /**
     * Ends all sessions, wipes all keys, frees the port, closes the TUN, and waits until that is
     * done.
     */
    @Override
    public void close() {
        loop.close();
    }

    @Override
    public String toString() {
        return "tunnel(" + name() + ")";
    }

    /**
     * What a tunnel begins with. Everything can be changed later, through {@link Tunnel#configure}.
     */
    public static final class Builder {
        private final Tun tun;
        private final List<TunnelChange> changes = new ArrayList<>();
        private Consumer<TunnelEvent> listener = event -> {};
        private Duration rekeyAfter;

        private Builder(Tun tun) {
            this.tun = Objects.requireNonNull(tun);
        }

        /** Without a key nobody can shake hands with the tunnel. */
        public Builder privateKey(PrivateKey key) {
            return change(editor -> editor.privateKey(key));
        }

        /** 0, where none is given, lets the system choose one. */
        public Builder listenPort(int port) {
            return change(editor -> editor.listenPort(port));
        }

        /** Marks outgoing datagrams (SO_MARK). */
        public Builder fwmark(int mark) {
            return change(editor -> editor.fwmark(mark));
        }

        /** Adds a peer. */
        public Builder peer(PublicKey key, Consumer<TunnelEditor.PeerEditor> settings) {
            return change(editor -> settings.accept(editor.addPeer(key)));
        }

        /** Any change of the configuration, applied in the order given before the tunnel runs. */
        public Builder change(TunnelChange change) {
            changes.add(Objects.requireNonNull(change));
            return this;
        }

        /**
         * Is told what happens to peers, on the tunnel's thread: it must be short and must not
         * block.
         */
        public Builder listener(Consumer<TunnelEvent> listener) {
            this.listener = Objects.requireNonNull(listener);
            return this;
        }

        /**
         * Renews sessions more often than after the 120 s of the protocol; not more often than each
         * 5 s.
         */
        public Builder rekeyAfter(Duration interval) {
            this.rekeyAfter = interval;
            return this;
        }

        /**
         * Starts the tunnel; it carries packets as soon as its interface is up.
         *
         * @throws IOException when the configuration cannot be applied: the port may be taken. The
         *     TUN is closed then.
         */
        public Tunnel start() throws IOException {
            return new Tunnel(TunnelLoop.start(tun, changes, listener, rekeyAfter));
        }
    }
}
