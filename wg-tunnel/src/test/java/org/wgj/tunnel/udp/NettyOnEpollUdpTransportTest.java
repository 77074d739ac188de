// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.EpollIoHandler;

/** The portable transport with Netty's own epoll channel. */
class NettyOnEpollUdpTransportTest extends NettyUdpTransportTest {
    @Override
    IoHandlerFactory loops() {
        return EpollIoHandler.newFactory();
    }
}
