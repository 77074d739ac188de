// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import io.netty.channel.IoEventLoop;

import org.wgj.tun.linux.LinuxSupport;
import org.wgj.tunnel.settings.TunnelProperties;

/** Chooses the transport for an event loop. */
public final class UdpTransports {
    private UdpTransports() {}

    /**
     * Makes a transport that is not open yet: on an epoll loop of Linux our own, on any other loop
     * Netty's datagram channel.
     *
     * @param loop the tunnel's event loop
     * @param receiver takes what arrives
     * @return the transport; the caller closes it
     * @throws IllegalArgumentException if the system property {@code wgj.udp} names no transport,
     *     or one that this loop cannot have
     */
    public static UdpTransport create(IoEventLoop loop, UdpTransport.Receiver receiver) {
        boolean epoll = NettyEpoll.drives(loop) && LinuxSupport.isAvailable();
        if (TunnelProperties.udp(epoll ? "epoll" : "netty").equals("netty")) {
            return new NettyUdpTransport(loop, receiver);
        }
        if (!epoll) {
            throw new IllegalArgumentException(
                    TunnelProperties.UDP + "=epoll needs Linux, JNA and an epoll event loop");
        }
        return new EpollUdpTransport(loop, receiver);
    }
}
