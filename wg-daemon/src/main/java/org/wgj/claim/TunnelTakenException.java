// SPDX-License-Identifier: Apache-2.0
package org.wgj.claim;

import java.io.IOException;

/** Another process of this user runs a tunnel with the same key and peer. */
public final class TunnelTakenException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient RunningTunnel by;

    TunnelTakenException(RunningTunnel by) {
        super(
                by
                        + " runs a tunnel with the same key and peer, and would lose its session to"
                        + " a second one");
        this.by = by;
    }

    /** Returns the other process. */
    public RunningTunnel by() {
        return by;
    }
}
