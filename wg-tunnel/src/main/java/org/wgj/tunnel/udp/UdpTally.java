// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

/** The counts behind {@link UdpCounters} while they change. Owned by the transport's event loop. */
final class UdpTally {
    long sent;
    long received;
    long lost;
    long overflowed;
    long truncated;
    long receiveErrors;
    long segmentationsRefused;

    UdpCounters snapshot() {
        return new UdpCounters(
                sent, received, lost, overflowed, truncated, receiveErrors, segmentationsRefused);
    }
}
