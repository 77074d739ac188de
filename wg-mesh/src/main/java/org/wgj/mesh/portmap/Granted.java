// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.portmap;

import java.net.InetAddress;

/**
 * A router's answer to a request for a mapping.
 *
 * @param result 0 for success
 * @param lifetimeSeconds for how long the mapping is granted, or the refusal holds
 * @param port the outer port
 * @param addressOrNull the outer address; null if the protocol tells it in another answer
 */
record Granted(int result, long lifetimeSeconds, int port, InetAddress addressOrNull) {
    Granted at(InetAddress address) {
        return new Granted(result, lifetimeSeconds, port, address);
    }
}
