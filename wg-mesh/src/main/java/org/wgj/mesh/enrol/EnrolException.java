// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import java.io.IOException;

/** No coordinator answered, or the node could not ask any. The message says what to do. */
public final class EnrolException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param message what is wrong, where, and what to do
     */
    public EnrolException(String message) {
        super(message);
    }
}
