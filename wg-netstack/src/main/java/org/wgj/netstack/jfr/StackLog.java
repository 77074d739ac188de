// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.jfr;

import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpWatcher;

/**
 * Records the connections of one stack. It does nothing, allocates nothing and loads no class of an
 * event until Flight Recorder is in use. Owned by the stack's thread.
 */
public final class StackLog implements TcpWatcher {
    /** True if this runtime has the module jdk.jfr, which is optional. */
    private static final boolean AVAILABLE = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private final String tunnel;

    private StackLog(String tunnel) {
        this.tunnel = tunnel;
    }

    /**
     * Returns the log of a stack.
     *
     * @param tunnel the name in its events
     * @return a log; one that does nothing if this runtime has no Flight Recorder
     */
    public static TcpWatcher of(String tunnel) {
        return AVAILABLE ? new StackLog(tunnel) : TcpWatcher.NONE;
    }

    @Override
    public void opened(TcpConnection connection) {
        if (StackRecords.isInUse()) {
            StackRecords.connection(tunnel, connection, "opened", null);
        }
    }

    @Override
    public void ended(TcpConnection connection, boolean wasOpen, TcpFailure failureOrNull) {
        if (StackRecords.isInUse()) {
            if (failureOrNull == TcpFailure.ABORTED) {
                StackRecords.connection(tunnel, connection, "aborted", null);
            } else {
                String result = wasOpen && failureOrNull == null ? "closed" : "failed";
                StackRecords.connection(tunnel, connection, result, failureOrNull);
            }
        }
    }

    @Override
    public void timedOut(TcpConnection connection, int times) {
        if (StackRecords.isInUse()) {
            StackRecords.timeout(tunnel, connection, times);
        }
    }
}
