// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

/**
 * The first guide's four planes, wg0 to wg3, between two nodes: each node runs all four in one
 * process. The guide's own loop writes these files; its heredoc is cut off in the text, so the peer
 * section is that of its other examples.
 */
final class GuidePlanes {
    static final int COUNT = 4;

    private GuidePlanes() {}

    /** The address of a node, 1 or 2, on a plane. */
    static String address(int plane, int node) {
        return "10.%d.0.%d".formatted(77 + plane, node);
    }

    /** Writes the four files of node {@code number}, whose peer is at this public address. */
    static void configure(GuideNode node, int number, int peerNumber, String peerAddress) {
        for (int plane = 0; plane < COUNT; plane++) {
            node.configure(
                    "wg" + plane,
                    """
                    [Interface]
                    Address    = %1$s/16
                    ListenPort = %2$d
                    PrivateKey = <node-%3$d-wg%4$d-private-key>

                    [Peer]
                    PublicKey  = <node-%5$d-wg%4$d-pubkey>
                    AllowedIPs = %6$s/32
                    Endpoint   = %7$s:%2$d
                    PersistentKeepalive = 25
                    """
                            .formatted(
                                    address(plane, number),
                                    51820 + plane,
                                    number,
                                    plane,
                                    peerNumber,
                                    address(plane, peerNumber),
                                    peerAddress));
        }
    }
}
