// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

/**
 * Which peer owns an address: cryptokey routing (whitepaper 2). A trie of bits for each family in
 * which chains without a fork are one node; a look-up follows the address from the longest range
 * that covers everything down to the last that covers it, and remembers the last owner it passed.
 *
 * <p>Each peer keeps its own ranges in the order they were added. Owned by the device's thread.
 */
final class AllowedIps {
    private static final class Node {
        final long high;
        final long low;
        final int bits;
        Peer owner; // null where two longer ranges merely part
        Node zero;
        Node one;

        Node(long high, long low, int bits, Peer owner) {
            this.high = high;
            this.low = low;
            this.bits = bits;
            this.owner = owner;
        }

        boolean covers(long addressHigh, long addressLow) {
            return commonBits(high, low, addressHigh, addressLow) >= bits;
        }

        Node child(boolean bit) {
            return bit ? one : zero;
        }

        void setChild(boolean bit, Node child) {
            if (bit) {
                one = child;
            } else {
                zero = child;
            }
        }
    }

    private Node ipv4;
    private Node ipv6;

    /** Gives the range to the peer, and takes it away from the one that had it. */
    void insert(IpPrefix range, Peer owner) {
        long high = high(range);
        long low = low(range);
        Node parent = null;
        boolean side = false;
        Node node = root(range.ipv6());
        while (node != null && node.bits <= range.length() && node.covers(high, low)) {
            if (node.bits == range.length()) {
                if (node.owner != null) {
                    node.owner.forgetAllowedIp(range);
                }
                node.owner = owner;
                owner.rememberAllowedIp(range);
                return;
            }
            parent = node;
            side = bitAt(high, low, node.bits);
            node = node.child(side);
        }
        Node added = new Node(high, low, range.length(), owner);
        if (node != null) {
            int common = Math.min(range.length(), commonBits(high, low, node.high, node.low));
            if (common == range.length()) {
                added.setChild(bitAt(node.high, node.low, common), node);
            } else {
                Node fork = new Node(keep(high, common), keep(low, common - 64), common, null);
                fork.setChild(bitAt(high, low, common), added);
                fork.setChild(bitAt(node.high, node.low, common), node);
                link(range.ipv6(), parent, side, fork);
                owner.rememberAllowedIp(range);
                return;
            }
        }
        link(range.ipv6(), parent, side, added);
        owner.rememberAllowedIp(range);
    }

    /** Takes exactly this range away from the peer; false when it did not own it. */
    boolean remove(IpPrefix range, Peer owner) {
        long high = high(range);
        long low = low(range);
        Node grandparent = null;
        Node parent = null;
        boolean parentSide = false;
        boolean side = false;
        Node node = root(range.ipv6());
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
        owner.forgetAllowedIp(range);
        if (node.zero != null && node.one != null) {
            return true; // still a fork
        }
        link(range.ipv6(), parent, side, node.zero != null ? node.zero : node.one);
        if (parent != null && parent.owner == null && (parent.zero == null || parent.one == null)) {
            // The fork above has lost one of its arms.
            link(
                    range.ipv6(),
                    grandparent,
                    parentSide,
                    parent.zero != null ? parent.zero : parent.one);
        }
        return true;
    }

    /** The owner of the longest range that covers an IPv4 address, or null. */
    Peer lookupIpv4(int address) {
        return lookup(ipv4, (long) address << 32, 0, 32);
    }

    /** The owner of the longest range that covers an IPv6 address, or null. */
    Peer lookupIpv6(long high, long low) {
        return lookup(ipv6, high, low, 128);
    }

    private static Peer lookup(Node root, long high, long low, int width) {
        Peer best = null;
        Node node = root;
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

    private Node root(boolean isIpv6) {
        return isIpv6 ? ipv6 : ipv4;
    }

    private void link(boolean isIpv6, Node parent, boolean side, Node child) {
        if (parent != null) {
            parent.setChild(side, child);
        } else if (isIpv6) {
            ipv6 = child;
        } else {
            ipv4 = child;
        }
    }

    // Inside the trie both families begin at the topmost bit.

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
