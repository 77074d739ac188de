// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.closing;

import org.slf4j.Logger;

import java.util.Objects;

/**
 * Closes the parts of one object. A part that fails is logged, and keeps none from being closed.
 *
 * <p>All methods may be called from any thread; the parts are closed on the caller's.
 */
public final class Closing {
    private final Logger log;
    private final String whole;

    /**
     * @param log for the failures
     * @param whole what is closed, for the log
     */
    public Closing(Logger log, String whole) {
        this.log = Objects.requireNonNull(log, "log");
        this.whole = Objects.requireNonNull(whole, "whole");
    }

    /** Closes all these parts in order. */
    public void inOrder(Runnable... parts) {
        for (Runnable part : parts) {
            part(part);
        }
    }

    /** Closes one part. */
    public void part(Runnable part) {
        try {
            part.run();
        } catch (RuntimeException | Error e) {
            tell(e);
        }
    }

    private void tell(Throwable failure) {
        try {
            log.error("{}: a part failed while it was closing", whole, failure);
        } catch (RuntimeException | Error e) {
            // The log may need a class that is lost: the jars of a program can be replaced.
        }
    }
}
