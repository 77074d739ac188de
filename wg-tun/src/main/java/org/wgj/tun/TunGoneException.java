// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.io.IOException;

/** Signals that the interface behind a TUN was deleted. */
public final class TunGoneException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * Says which interface is gone.
     *
     * @param name the interface's name
     */
    public TunGoneException(String name) {
        super("interface " + name + " was deleted");
    }
}
