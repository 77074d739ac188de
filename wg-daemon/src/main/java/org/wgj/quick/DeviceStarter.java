// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import java.io.IOException;

/** Creates a WireGuard interface, in a process of its own or within this one. */
public interface DeviceStarter {
    /**
     * Creates the interface, still down, and returns when its configuration socket answers.
     *
     * @param permit for a process of its own, which may come too late; means nothing within this
     *     one
     * @throws IOException with a message for the user; then nothing is left behind
     */
    void start(String interfaceName, StartPermit permit) throws IOException;

    /** The equivalent command, which is printed at the start. */
    default String command(String interfaceName) {
        return "wireguard-java " + interfaceName;
    }
}
