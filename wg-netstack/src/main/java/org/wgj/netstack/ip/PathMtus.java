// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import org.wgj.netstack.wire.IpAddress;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Destinations whose path takes only shorter packets than the tunnel does (RFC 1191, RFC 8201). An
 * entry lives for ten minutes after it was last lowered; then a longer packet tries the path again.
 * At most {@link #LIMIT} entries; the oldest gives way. Owned by the stack's thread.
 */
final class PathMtus {
    static final int LIMIT = 1024;
    static final long LIFETIME_NS = 600_000_000_000L;

    /** No path is believed to take less: IPv4 (Linux's min_pmtu), IPv6 (RFC 8200 5). */
    static final int IPV4_FLOOR = 552;

    static final int IPV6_FLOOR = 1280;

    /** RFC 1191 7.1: lengths of packets on links that exist. */
    private static final int[] PLATEAUS = {
        65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68
    };

    private record Entry(int mtu, long endNs) {}

    /** In the order in which they end. */
    private final Map<IpAddress, Entry> entries = new LinkedHashMap<>();

    /** Returns the shortest packet that is too long; {@code tunnelMtu} if nothing is known. */
    int mtu(IpAddress remote, int tunnelMtu) {
        if (entries.isEmpty()) {
            return tunnelMtu;
        }
        Entry entry = entries.get(remote);
        return entry == null ? tunnelMtu : Math.min(entry.mtu, tunnelMtu);
    }

    /**
     * Returns what to believe when a router refuses a packet.
     *
     * @param reported the MTU that the router tells; 0 if it tells none (RFC 1191 5)
     * @param refused the length of the refused packet
     * @return a length below {@code refused}; 0 if the report must be ignored
     */
    static int believed(boolean ipv6, int reported, int refused) {
        int mtu = reported;
        if (!ipv6 && mtu == 0) {
            for (int i = 0; mtu == 0; i++) {
                if (PLATEAUS[i] < refused || i == PLATEAUS.length - 1) {
                    mtu = PLATEAUS[i];
                }
            }
        }
        if (ipv6 && mtu < IPV6_FLOOR) {
            return 0; // RFC 8201 4: discarded
        }
        mtu = Math.max(mtu, ipv6 ? IPV6_FLOOR : IPV4_FLOOR);
        return mtu < refused ? mtu : 0;
    }

    /** Notes a smaller MTU; a larger one than known is ignored. */
    void lower(IpAddress remote, int mtu, long nowNs) {
        Entry known = entries.remove(remote);
        int now = known == null ? mtu : Math.min(mtu, known.mtu);
        if (entries.size() >= LIMIT) {
            Iterator<IpAddress> oldest = entries.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        entries.put(remote, new Entry(now, nowNs + LIFETIME_NS));
    }

    long nextDeadlineNs() {
        return entries.isEmpty() ? Long.MAX_VALUE : entries.values().iterator().next().endNs;
    }

    void handleTimeouts(long nowNs) {
        if (nowNs >= nextDeadlineNs()) {
            Iterator<Entry> oldest = entries.values().iterator();
            while (oldest.hasNext() && oldest.next().endNs <= nowNs) {
                oldest.remove();
            }
        }
    }

    int size() {
        return entries.size();
    }
}
