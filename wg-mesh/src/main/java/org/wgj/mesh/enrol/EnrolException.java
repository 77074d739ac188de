// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import java.io.IOException;

/** No coordinator answered, or the node could not ask any. The message says what to do. */
public final class EnrolException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean permanent;

    /**
     * Creates one that another attempt may not meet.
     *
     * @param message what is wrong, where, and what to do
     */
    public EnrolException(String message) {
        this(message, false);
    }

    /**
     * Creates one.
     *
     * @param message what is wrong, where, and what to do
     * @param permanent whether another attempt with the same token will fail as well
     */
    EnrolException(String message, boolean permanent) {
        super(message);
        this.permanent = permanent;
    }

    /**
     * Returns whether another attempt with the same token will fail as well.
     *
     * @return true if the token has expired by this machine's clock
     */
    public boolean isPermanent() {
        return permanent;
    }
}
