// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

/** Datagrams sent together, each received as a message. */
class EpollUdpTransportWithoutGroTest extends EpollUdpTransportTest {
    @Override
    UdpOffloads allowed() {
        return new UdpOffloads(true, false);
    }
}
