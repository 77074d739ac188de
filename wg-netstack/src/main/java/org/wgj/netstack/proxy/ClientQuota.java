// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.Closeable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts places that clients occupy, in all and by client address (of IPv6 by /64), so that one
 * client cannot take all of them. Any thread may use it.
 */
public final class ClientQuota {
    private static final int IPV4_BYTES = 4;
    private static final int NETWORK_BYTES = 8; // of IPv6

    private final int limit;
    private final int limitOfClient;
    private final Map<InetAddress, Integer> taken = new HashMap<>(); // guarded by this
    private int total; // guarded by this

    /**
     * Makes one with all places free.
     *
     * @param limit the places in all
     * @param limitOfClient the most that one client gets
     */
    public ClientQuota(int limit, int limitOfClient) {
        this.limit = limit;
        this.limitOfClient = limitOfClient;
    }

    /** A place; closing it gives it back, once. */
    public final class Place implements Closeable {
        private final InetAddress client;
        private boolean given; // guarded by the quota

        private Place(InetAddress client) {
            this.client = client;
        }

        @Override
        public void close() {
            synchronized (ClientQuota.this) {
                if (!given) {
                    given = true;
                    total--;
                    taken.computeIfPresent(client, (key, count) -> count == 1 ? null : count - 1);
                }
            }
        }
    }

    /**
     * Returns what counts as one client: a host has as many IPv6 addresses of its /64 as it likes.
     */
    static InetAddress ofHost(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == IPV4_BYTES) {
            return address;
        }
        Arrays.fill(bytes, NETWORK_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // the length is right
        }
    }

    /**
     * Takes a place.
     *
     * @param address the client's
     * @return the place; null if there is none for this client
     */
    public synchronized Place take(InetAddress address) {
        InetAddress client = ofHost(address);
        int before = taken.getOrDefault(client, 0);
        if (total >= limit || before >= limitOfClient) {
            return null;
        }
        taken.put(client, before + 1);
        total++;
        return new Place(client);
    }

    synchronized int total() {
        return total;
    }
}
