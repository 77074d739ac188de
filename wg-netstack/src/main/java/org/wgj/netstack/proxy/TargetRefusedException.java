// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;

/** A rule of the proxy forbids the target. */
public final class TargetRefusedException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * Makes one.
     *
     * @param message which target, and which rule
     */
    public TargetRefusedException(String message) {
        super(message);
    }
}
