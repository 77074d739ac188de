// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.io.IOException;

/** The interface behind a TUN was deleted. */
public final class TunGoneException extends IOException {
    private static final long serialVersionUID = 1;

    public TunGoneException(String name) {
        super("interface " + name + " was deleted");
    }
}
