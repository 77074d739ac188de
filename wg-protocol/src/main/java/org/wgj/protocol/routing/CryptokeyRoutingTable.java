// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.routing;

import org.wgj.protocol.IpPrefix;

/**
 * The cryptokey routing table (whitepaper 2): which peer owns an address, given the allowed IPs of
 * all peers.
 *
 * <p>One radix trie for each address family; a chain without a fork is one node. A lookup walks
 * down from the shortest range that covers the address to the longest, and returns the owner it
 * passed last.
 *
 * <p>Owned by the device's thread.
 *
 * @param <P> the peers, compared by identity
 */
public final class CryptokeyRoutingTable<P> {
    private static final class Node<P> {
        final long high;
        final long low;
        final int bits;
        P owner; // null for a node that only joins two longer ranges
        Node<P> zero;
        Node<P> one;

        Node(long high, long low, int bits, P owner) {
            this.high = high;
            this.low = low;
            this.bits = bits;
            this.owner = owner;
        }

        boolean covers(long addressHigh, long addressLow) {
            return commonBits(high, low, addressHigh, addressLow) >= bits;
        }

        Node<P> child(boolean bit) {
            return bit ? one : zero;
        }

        void setChild(boolean bit, Node<P> child) {
            if (bit) {
                one = child;
            } else {
                zero = child;
            }
        }
    }

    private Node<P> ipv4;
    private Node<P> ipv6;

    /** Creates an empty table. */
    public CryptokeyRoutingTable() {}

    /**
     * Gives exactly this range to a peer.
     *
     * @param range the addresses
     * @param owner the peer that owns them from now on
     * @return the peer that owned exactly this range before; null if none did
     */
    public P insert(IpPrefix range, P owner) {
        long high = high(range);
        long low = low(range);
        Node<P> parent = null;
        boolean side = false;
        Node<P> node = root(range.ipv6());
        while (node != null && node.bits <= range.length() && node.covers(high, low)) {
            if (node.bits == range.length()) {
                P before = node.owner;
                node.owner = owner;
                return before;
            }
            parent = node;
            side = bitAt(high, low, node.bits);
            node = node.child(side);
        }
        Node<P> added = new Node<>(high, low, range.length(), owner);
        Node<P> top = added;
        if (node != null) {
            int common = Math.min(range.length(), commonBits(high, low, node.high, node.low));
            if (common < range.length()) {
                top = new Node<>(keep(high, common), keep(low, common - 64), common, null);
                top.setChild(bitAt(high, low, common), added);
            }
            top.setChild(bitAt(node.high, node.low, common), node);
        }
        link(range.ipv6(), parent, side, top);
        return null;
    }

    /**
     * Takes exactly this range away from a peer.
     *
     * @param range the addresses
     * @param owner the peer that should own them
     * @return false, and nothing has changed, if the peer does not own exactly this range
     */
    public boolean remove(IpPrefix range, P owner) {
        long high = high(range);
        long low = low(range);
        Node<P> grandparent = null;
        Node<P> parent = null;
        boolean parentSide = false;
        boolean side = false;
        Node<P> node = root(range.ipv6());
        while (node != null && node.bits < range.length() && node.covers(high, low)) {
            grandparent = parent;
            parentSide = side;
            parent = node;
            side = bitAt(high, low, node.bits);
            node = node.child(side);
        }
        boolean exact = node != null && node.bits == range.length() && node.covers(high, low);
        if (!exact || node.owner != owner) {
            return false;
        }
        node.owner = null;
        if (node.zero != null && node.one != null) {
            return true; // still a fork
        }
        link(range.ipv6(), parent, side, node.zero != null ? node.zero : node.one);
        if (parent != null && parent.owner == null && (parent.zero == null || parent.one == null)) {
            // The fork above has lost one of its two children.
            link(
                    range.ipv6(),
                    grandparent,
                    parentSide,
                    parent.zero != null ? parent.zero : parent.one);
        }
        return true;
    }

    /**
     * Finds the peer of an IPv4 address.
     *
     * @param address the address in network order
     * @return the owner of the longest range that covers it; null if none does
     */
    public P lookupIpv4(int address) {
        return lookup(ipv4, (long) address << 32, 0, 32);
    }

    /**
     * Finds the peer of an IPv6 address.
     *
     * @param high its first 64 bits in network order
     * @param low its last 64 bits
     * @return the owner of the longest range that covers it; null if none does
     */
    public P lookupIpv6(long high, long low) {
        return lookup(ipv6, high, low, 128);
    }

    private static <P> P lookup(Node<P> root, long high, long low, int width) {
        P best = null;
        Node<P> node = root;
        while (node != null && node.covers(high, low)) {
            if (node.owner != null) {
                best = node.owner;
            }
            if (node.bits == width) {
                break;
            }
            node = node.child(bitAt(high, low, node.bits));
        }
        return best;
    }

    private Node<P> root(boolean isIpv6) {
        return isIpv6 ? ipv6 : ipv4;
    }

    private void link(boolean isIpv6, Node<P> parent, boolean side, Node<P> child) {
        if (parent != null) {
            parent.setChild(side, child);
        } else if (isIpv6) {
            ipv6 = child;
        } else {
            ipv4 = child;
        }
    }

    // Inside the trie, addresses of both families begin at the topmost bit of the first long.

    private static long high(IpPrefix range) {
        return range.ipv6() ? range.high() : range.low() << 32;
    }

    private static long low(IpPrefix range) {
        return range.ipv6() ? range.low() : 0;
    }

    private static int commonBits(long highA, long lowA, long highB, long lowB) {
        return highA == highB
                ? 64 + Long.numberOfLeadingZeros(lowA ^ lowB)
                : Long.numberOfLeadingZeros(highA ^ highB);
    }

    private static boolean bitAt(long high, long low, int bit) {
        return ((bit < 64 ? high : low) & Long.MIN_VALUE >>> bit) != 0;
    }

    private static long keep(long value, int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? value : value & -1L << 64 - bits;
    }
}
