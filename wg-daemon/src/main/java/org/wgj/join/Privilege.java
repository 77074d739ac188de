// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.tun.LinuxTun;

import java.io.IOException;
import java.util.Optional;

/** Tells whether this process may make interfaces. */
final class Privilege {
    private Privilege() {}

    /**
     * Tries it with an interface that is gone again at once.
     *
     * @return why it may not; empty if it may
     */
    static Optional<String> missing() {
        if (!LinuxTun.isSupported()) {
            return Optional.of("this system has no TUN that wgj can use");
        }
        try {
            LinuxTun.create("wgjtry%d").close();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(e.getMessage());
        }
    }
}
