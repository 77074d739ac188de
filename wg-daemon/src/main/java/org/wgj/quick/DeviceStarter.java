// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import java.io.IOException;

/** Makes a WireGuard interface: in a process of its own, or within this one. */
public interface DeviceStarter {
    /**
     * Makes the interface, still down, and returns when its configuration socket answers.
     *
     * @throws IOException with a message for the user; nothing is left behind then
     */
    void start(String interfaceName) throws IOException;

    /** What is printed when it starts: the command that would do the same. */
    default String command(String interfaceName) {
        return "wireguard-java " + interfaceName;
    }
}
