// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.wire.IpAddress;

import java.net.BindException;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;

/**
 * The ports that sockets were bound to before they connect: {@code bind} gives a port, but the
 * stack learns of it only with the connection. Any thread.
 */
final class Reservations {
    /** The ephemeral ports of Linux. */
    private static final int FIRST = 32_768;

    private static final int LAST = 60_999;

    private static final int TRIES = 1000;

    /** One socket's; an unspecified address is all addresses. */
    record Port(IpAddress local, int port) {
        boolean overlaps(Port other) {
            return port == other.port
                    && (local.isUnspecified()
                            || other.local.isUnspecified()
                            || local.equals(other.local));
        }
    }

    private final SecureRandom random = new SecureRandom();
    private final Set<Port> taken = new HashSet<>(); // guarded by this

    /**
     * Takes a port.
     *
     * @param wanted the port; 0 for a free one, chosen at random (RFC 6056 3.3.1)
     * @param reuse whether another socket may have it too
     * @return what {@link #free} gives back
     * @throws BindException if another socket has it
     */
    synchronized Port take(IpAddress local, int wanted, boolean reuse) throws BindException {
        for (int i = 0; i < TRIES; i++) {
            int port = wanted == 0 ? random.nextInt(FIRST, LAST + 1) : wanted;
            Port reserved = new Port(local, port);
            if (wanted != 0 && reuse || taken.stream().noneMatch(reserved::overlaps)) {
                taken.add(reserved);
                return reserved;
            }
            if (wanted != 0) {
                break;
            }
        }
        throw new BindException("Address already in use");
    }

    synchronized void free(Port port) {
        taken.remove(port);
    }
}
