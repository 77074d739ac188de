// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;

import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.Tunnel;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A node's end of a plane while it is up: a tunnel, and a way for programs to use it. */
public interface PlaneLink extends AutoCloseable {
    /**
     * Returns the tunnel.
     *
     * @return configured by the node alone
     */
    Tunnel tunnel();

    /**
     * Returns how the node itself opens TCP connections through the plane.
     *
     * @return makes channels for a NIO event loop
     */
    ChannelFactory<? extends Channel> channels();

    /**
     * Routes networks into the plane, besides its own ranges, in place of those of the last call.
     *
     * @param ranges the networks
     * @return why some of them are not routed, each in one line
     * @throws IOException if the routes cannot be changed at all
     */
    List<String> route(List<IpPrefix> ranges) throws IOException;

    /**
     * Returns how programs reach the plane if it is no interface of the system.
     *
     * @return addresses of proxies, with their passwords; empty for an interface
     */
    Optional<String> proxies();

    /** Takes the plane down; nothing of it is left. */
    @Override
    void close();
}
