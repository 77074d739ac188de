// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

/** Each datagram is a message, both ways. */
class EpollUdpTransportWithoutOffloadsTest extends EpollUdpTransportTest {
    @Override
    UdpOffloads allowed() {
        return new UdpOffloads(false, false);
    }
}
