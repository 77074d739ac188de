// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import java.io.IOException;

/** The registry refuses a request, and nothing has changed. The message is for users. */
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    RefusedException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    static RefusedException bad(String message) {
        return new RefusedException(Reason.BAD_REQUEST, message);
    }

    /**
     * Returns the reason for programs.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
