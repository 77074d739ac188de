// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.wgj.crypto.PublicKey;
import org.wgj.netstack.TunnelNet;

import java.util.concurrent.CompletableFuture;

/**
 * Asks the one peer of a tunnel for a session again. The tunnel itself repeats a lost initiation
 * only after 5 s (whitepaper 6.4).
 */
public final class SessionAsking {
    private SessionAsking() {}

    /**
     * Asks, but not if there is a session: its packets were lost, or the peer is at work.
     *
     * @return completed when the tunnel has been told; exceptionally if it is closed
     */
    public static CompletableFuture<Void> again(TunnelNet net, PublicKey peer) {
        return hasSession(net)
                .thenCompose(
                        has ->
                                net.tunnel()
                                        .configure(
                                                editor -> {
                                                    if (!has) {
                                                        editor.addPeer(peer).initiate();
                                                    }
                                                }));
    }

    static CompletableFuture<Boolean> hasSession(TunnelNet net) {
        return net.tunnel()
                .status()
                .thenApply(
                        status ->
                                status.peers().stream()
                                        .anyMatch(peer -> peer.lastHandshake() != null));
    }
}
