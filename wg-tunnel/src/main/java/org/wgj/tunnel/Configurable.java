// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import java.util.concurrent.CompletableFuture;

/**
 * A tunnel that can be asked how it is and be changed while it runs. All methods may be called from
 * any thread.
 */
public interface Configurable {
    /** The tunnel's configuration and how it fares, at one moment, without secrets. */
    CompletableFuture<TunnelStatus> status();

    /**
     * The same with copies of the private and the preshared keys. The caller wipes them, also if it
     * has no use for them any more when they come. A caller that cannot wait cancels the future
     * itself, and then they are wiped here.
     */
    CompletableFuture<TunnelConfiguration> configuration();

    /** The means by which the tunnel moves packets, and the packets it dropped, at one moment. */
    CompletableFuture<DataPathInfo> dataPath();

    /**
     * Applies a change. Changes are applied one after the other, each as a whole: a change that
     * fails has no effect, and others never see a part of one.
     *
     * @return completed when the change is in effect; failed with what {@link TunnelChange#apply}
     *     threw
     */
    CompletableFuture<Void> configure(TunnelChange change);
}
