// SPDX-License-Identifier: Apache-2.0
package org.wgj.events;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelEvent;
import org.wgj.tunnel.TunnelStatus;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The source of events: a tunnel, or its stand-in in tests. Any thread may call the methods. */
interface Source {
    String name();

    CompletableFuture<TunnelStatus> status();

    /**
     * Also has the counters of what was dropped, and costs the same however many peers there are.
     */
    CompletableFuture<DataPathInfo> dataPath();

    CompletableFuture<Optional<PeerStatus>> peer(PublicKey key);

    void addListener(Consumer<TunnelEvent> listener);

    void removeListener(Consumer<TunnelEvent> listener);

    static Source of(Tunnel tunnel) {
        return new Source() {
            @Override
            public String name() {
                return tunnel.name();
            }

            @Override
            public CompletableFuture<TunnelStatus> status() {
                return tunnel.status();
            }

            @Override
            public CompletableFuture<DataPathInfo> dataPath() {
                return tunnel.dataPath();
            }

            @Override
            public CompletableFuture<Optional<PeerStatus>> peer(PublicKey key) {
                return tunnel.peer(key);
            }

            @Override
            public void addListener(Consumer<TunnelEvent> listener) {
                tunnel.addListener(listener);
            }

            @Override
            public void removeListener(Consumer<TunnelEvent> listener) {
                tunnel.removeListener(listener);
            }
        };
    }
}
