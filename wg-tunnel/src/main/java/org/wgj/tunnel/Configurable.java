// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import java.util.concurrent.CompletableFuture;

/**
 * A tunnel that can be asked for its state and be changed while it runs.
 *
 * <p>Any thread may call the methods; none of them waits. The futures are completed on the tunnel's
 * event loop, so a dependent action that blocks belongs on another executor. After the tunnel has
 * closed they fail with an {@link IllegalStateException}.
 */
public interface Configurable {
    /**
     * Takes a snapshot of the configuration and the counters, without secrets.
     *
     * @return the snapshot
     */
    CompletableFuture<TunnelStatus> status();

    /**
     * Takes the same snapshot together with copies of the private and the preshared keys. The
     * caller wipes them, also if it no longer needs them when they come. A caller that cannot wait
     * cancels the future itself; then the copies are wiped here.
     *
     * @return the snapshot with its keys
     */
    CompletableFuture<StatusWithKeys> statusWithKeys();

    /**
     * Takes a snapshot of the means by which the tunnel moves packets, and of the packets that it
     * dropped.
     *
     * @return the snapshot
     */
    CompletableFuture<DataPathInfo> dataPath();

    /**
     * Applies a change. Changes are applied one after the other, each as a whole: a change that
     * fails has no effect, and others never see a part of one.
     *
     * @param change called once, on the tunnel's event loop
     * @return completed when the change is in effect; failed with what {@link TunnelChange#apply}
     *     threw, or with an {@link java.io.IOException} if the sockets refuse a port or a mark
     */
    CompletableFuture<Void> configure(TunnelChange change);
}
