// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Counts the pending attempts to connect to each target. Without this bound, a target that does not
 * answer would occupy every connection of a client. Any thread may use it.
 */
final class Dials {
    private final int limit;
    private final Map<String, Integer> pending = new HashMap<>(); // guarded by itself

    /**
     * @param limit attempts for one host and port
     */
    Dials(int limit) {
        this.limit = limit;
    }

    Socket dial(Dialer dialer, String host, int port, Duration timeout) throws IOException {
        String target = host.toLowerCase(Locale.ROOT) + " " + port;
        synchronized (pending) {
            int before = pending.getOrDefault(target, 0);
            if (before >= limit) {
                throw new TooManyDialsException(
                        limit
                                + " attempts to connect to port "
                                + port
                                + " of "
                                + host
                                + " are pending");
            }
            pending.put(target, before + 1);
        }
        try {
            return dialer.connect(host, port, timeout);
        } finally {
            synchronized (pending) {
                pending.computeIfPresent(target, (key, count) -> count == 1 ? null : count - 1);
            }
        }
    }

    int targets() {
        synchronized (pending) {
            return pending.size();
        }
    }
}
