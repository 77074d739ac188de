// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IpAddress;

import java.net.BindException;
import java.util.random.RandomGenerator;

/**
 * Chooses ephemeral ports (RFC 6056 3.3.3): a keyed hash of the other three parts of a connection
 * says where to begin, so that an observer cannot tell the next port to another peer, and a counter
 * with random steps keeps ports from coming again soon.
 */
final class Ports {
    static final int FIRST = 32768;
    static final int LAST = 60999;
    private static final int COUNT = LAST - FIRST + 1;
    private static final int MAX_STEP = 8;

    private final ConnectionHash hash;
    private final ConnectionTable table;
    private final TimeWaitTable timeWait;
    private final Listeners listeners;
    private final RandomGenerator random;
    private int step;

    Ports(
            ConnectionHash hash,
            ConnectionTable table,
            TimeWaitTable timeWait,
            Listeners listeners,
            RandomGenerator random) {
        this.hash = hash;
        this.table = table;
        this.timeWait = timeWait;
        this.listeners = listeners;
        this.random = random;
        step = random.nextInt(COUNT);
    }

    /** Returns a port with which no connection to this peer exists, nor one in TIME-WAIT. */
    int choose(IpAddress local, IpAddress remote, int remotePort) throws BindException {
        long key =
                hash.of(
                        ConnectionHash.PORT,
                        local.high(),
                        local.low(),
                        remote.high(),
                        remote.low(),
                        remotePort,
                        0);
        int offset = (int) Long.remainderUnsigned(key, COUNT);
        step = (step + 1 + random.nextInt(MAX_STEP)) % COUNT;
        for (int i = 0; i < COUNT; i++) {
            int port = FIRST + (offset + step + i) % COUNT;
            if (!listeners.has(port)
                    && table.find(local, port, remote, remotePort) == null
                    && timeWait.find(local, port, remote, remotePort) < 0) {
                step = (step + i) % COUNT;
                return port;
            }
        }
        throw new BindException("Cannot assign requested address: no ephemeral port is free");
    }

    /** Returns a port without a listener. */
    int chooseForListener() throws BindException {
        int begin = random.nextInt(COUNT);
        for (int i = 0; i < COUNT; i++) {
            int port = FIRST + (begin + i) % COUNT;
            if (!listeners.has(port)) {
                return port;
            }
        }
        throw new BindException("Address already in use: no ephemeral port is free");
    }
}
