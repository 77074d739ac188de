// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.time.Duration;

/**
 * The bounds of what clients may occupy.
 *
 * @param connections connections of all clients together, at least 1
 * @param connectionsOfClient connections of one client's address
 * @param associations clients of SOCKS5 that may send UDP at a time, two thirds of them at one
 *     address; each occupies 128 KiB
 * @param dialsToTarget attempts to connect to one host and port that may be pending at a time: a
 *     target that does not answer cannot take all connections
 * @param handshake how long a client may take to say what it wants, from the first byte to the last
 * @param dial how long an attempt to connect may take
 * @param idle how long a connection may carry nothing
 * @param halfClosedIdle how long it may carry nothing once one side has ended its direction
 * @param datagramFlows clients of one UDP forward, each of which occupies 64 KiB; a new one
 *     replaces the longest idle one
 * @param datagramIdle how long a UDP flow may carry nothing; RFC 4787 recommends 5 minutes
 */
public record ProxyLimits(
        int connections,
        int connectionsOfClient,
        int associations,
        int dialsToTarget,
        Duration handshake,
        Duration dial,
        Duration idle,
        Duration halfClosedIdle,
        int datagramFlows,
        Duration datagramIdle) {
    /** The bounds that suit a desktop as well as a gateway. */
    public static final ProxyLimits DEFAULT =
            new ProxyLimits(
                    8192,
                    8192 * 2 / 3,
                    512,
                    256,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    Duration.ofHours(24),
                    Duration.ofHours(1),
                    1024,
                    Duration.ofMinutes(5));

    /**
     * Checks that each bound is positive.
     *
     * @throws IllegalArgumentException if one is not
     */
    public ProxyLimits {
        for (int each :
                new int[] {
                    connections, connectionsOfClient, associations, dialsToTarget, datagramFlows
                }) {
            if (each < 1) {
                throw new IllegalArgumentException("a bound is less than 1: " + each);
            }
        }
        for (Duration each : new Duration[] {handshake, dial, idle, halfClosedIdle, datagramIdle}) {
            if (!each.isPositive()) {
                throw new IllegalArgumentException("a time limit is not positive: " + each);
            }
        }
    }
}
