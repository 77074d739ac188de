// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

/** Each datagram sent as a message, those received as they come. */
class EpollUdpTransportWithoutGsoTest extends EpollUdpTransportTest {
    @Override
    UdpOffloads allowed() {
        return new UdpOffloads(false, true);
    }
}
