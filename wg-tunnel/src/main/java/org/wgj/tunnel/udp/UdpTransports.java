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
     * Makes a transport that is not open yet: on an epoll loop of Linux our own, on any other loop
     * Netty's datagram channel.
     *
     * @param loop the tunnel's event loop
     * @param receiver takes what arrives
     * @return the transport; the caller closes it
     * @throws IllegalArgumentException if {@link #PROPERTY} names no transport, or one that this
     *     loop cannot have
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
