// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import io.netty.channel.IoEventLoop;

import org.wgj.tun.linux.LinuxSupport;

/** Chooses the transport for an event loop. */
public final class UdpTransports {
    /** System property that insists on a transport: {@code epoll} or {@code netty}. */
    public static final String PROPERTY = "wgj.udp";

    private UdpTransports() {}

    /**
     * A transport on the loop, not open yet: on an epoll loop the one of our own, on any other
     * Netty's datagram channel.
     *
     * @throws IllegalArgumentException when {@link #PROPERTY} names a transport that there is not,
     *     or not for this loop
     */
    public static UdpTransport create(IoEventLoop loop, UdpTransport.Receiver receiver) {
        boolean epoll = NettyEpoll.drives(loop) && LinuxSupport.isAvailable();
        String wanted = System.getProperty(PROPERTY, epoll ? "epoll" : "netty");
        return switch (wanted) {
            case "epoll" -> {
                if (!epoll) {
                    throw new IllegalArgumentException(
                            PROPERTY + "=epoll needs Linux, JNA and an epoll event loop");
                }
                yield new EpollUdpTransport(loop, receiver);
            }
            case "netty" -> new NettyUdpTransport(loop, receiver);
            default ->
                    throw new IllegalArgumentException(
                            PROPERTY + "=" + wanted + ": neither epoll nor netty");
        };
    }
}
