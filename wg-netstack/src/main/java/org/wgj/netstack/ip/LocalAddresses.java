// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.ip;

import org.wgj.netstack.wire.IpAddress;

import java.util.List;

/**
 * The stack's own addresses, and what is known of the paths from them. Owned by the stack's thread.
 */
public final class LocalAddresses implements InternetLayer {
    private final PathMtus pathMtus = new PathMtus();
    private OwnAddress[] own = {};
    private int tunnelMtu;

    /**
     * Makes an empty list of a stack's addresses.
     *
     * @param tunnelMtu the longest packet that the tunnel takes
     */
    public LocalAddresses(int tunnelMtu) {
        this.tunnelMtu = tunnelMtu;
    }

    /**
     * Replaces the own addresses.
     *
     * @param addresses the new ones; the first of several equally good sources is used
     */
    public void set(List<OwnAddress> addresses) {
        own = addresses.toArray(OwnAddress[]::new);
    }

    /**
     * Returns the own addresses.
     *
     * @return a copy
     */
    public List<OwnAddress> addresses() {
        return List.of(own);
    }

    /**
     * Changes the longest packet that the tunnel takes.
     *
     * @param mtu in bytes
     */
    public void setTunnelMtu(int mtu) {
        tunnelMtu = mtu;
    }

    /**
     * Returns the longest packet that the tunnel takes.
     *
     * @return in bytes
     */
    public int tunnelMtu() {
        return tunnelMtu;
    }

    /**
     * Returns what to believe when a router refuses a packet as too long.
     *
     * @param ipv6 true for ICMPv6
     * @param reported the MTU that the router tells; 0 if it tells none
     * @param refused the length of the refused packet
     * @return a length below {@code refused}; 0 if the report must be ignored
     */
    public static int believedMtu(boolean ipv6, int reported, int refused) {
        return PathMtus.believed(ipv6, reported, refused);
    }

    /**
     * Notes that the path to an address takes only short packets. Called once the report is known
     * to be about a packet that this stack sent.
     *
     * @param remote the destination
     * @param mtu as {@link #believedMtu} returned it
     * @param nowNs the time
     */
    public void lowerMtu(IpAddress remote, int mtu, long nowNs) {
        pathMtus.lower(remote, mtu, nowNs);
    }

    /**
     * Returns when the next path MTU is forgotten.
     *
     * @return a time, or {@link Long#MAX_VALUE}
     */
    public long nextDeadlineNs() {
        return pathMtus.nextDeadlineNs();
    }

    /**
     * Forgets path MTUs that are too old.
     *
     * @param nowNs the time
     */
    public void handleTimeouts(long nowNs) {
        pathMtus.handleTimeouts(nowNs);
    }

    @Override
    public int mtu(IpAddress remote) {
        return pathMtus.mtu(remote, tunnelMtu);
    }

    @Override
    public boolean isLocal(IpAddress address) {
        return isLocal(address.ipv6(), address.high(), address.low());
    }

    /**
     * Returns whether an address in numbers is one of our own.
     *
     * @param ipv6 true for IPv6
     * @param high as {@link IpAddress#high}
     * @param low as {@link IpAddress#low}
     * @return true if packets to it are for this stack
     */
    public boolean isLocal(boolean ipv6, long high, long low) {
        for (OwnAddress candidate : own) {
            if (candidate.address().is(ipv6, high, low)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether an IPv4 address is the broadcast address of an own network. */
    boolean isBroadcast(long ipv4) {
        for (OwnAddress candidate : own) {
            if (candidate.isBroadcast(ipv4)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public IpAddress sourceFor(IpAddress remote) {
        IpAddress best = null;
        int bestScore = -1;
        for (OwnAddress candidate : own) {
            IpAddress address = candidate.address();
            if (address.ipv6() == remote.ipv6()) {
                int score = score(address, remote);
                if (score > bestScore) {
                    best = address;
                    bestScore = score;
                }
            }
        }
        return best;
    }

    /** RFC 6724 5: rule 1 before rule 2 before rule 8. */
    private static int score(IpAddress source, IpAddress remote) {
        if (source.equals(remote)) {
            return 1 << 20;
        }
        int sameScope = isLinkLocal(source) == isLinkLocal(remote) ? 1 << 10 : 0;
        return sameScope + commonPrefix(source, remote);
    }

    private static boolean isLinkLocal(IpAddress address) {
        return address.ipv6()
                ? address.high() >>> 54 == 0x3fa // fe80::/10
                : address.low() >>> 16 == 0xa9fe; // 169.254.0.0/16
    }

    private static int commonPrefix(IpAddress one, IpAddress other) {
        if (!one.ipv6()) {
            return Long.numberOfLeadingZeros(one.low() ^ other.low()) - 32;
        }
        long high = one.high() ^ other.high();
        return high != 0
                ? Long.numberOfLeadingZeros(high)
                : 64 + Long.numberOfLeadingZeros(one.low() ^ other.low());
    }
}
