// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;

import org.wgj.netstack.ProxyAccess;
import org.wgj.netstack.TunnelNet;
import org.wgj.netstack.TunnelNetBuilder;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.Tunnel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A plane without an interface: a TCP/IP stack in the process, which needs no privilege. Programs
 * of the machine use it through a SOCKS5 and an HTTP proxy on loopback.
 */
public final class UserspacePlane implements PlaneLink {
    private final TunnelNet net;
    private final String proxies;

    private UserspacePlane(TunnelNet net, String proxies) {
        this.net = net;
        this.proxies = proxies;
    }

    /**
     * Brings up a plane.
     *
     * @param spec what to make
     * @param settings called once with the tunnel's builder
     * @return the running plane
     * @throws IOException if the tunnel or a proxy does not start
     */
    public static PlaneLink open(PlaneSpec spec, Consumer<Tunnel.Builder> settings)
            throws IOException {
        TunnelNetBuilder builder = TunnelNet.builder().name(spec.name()).mtu(spec.mtu());
        for (InetAddress address : spec.addresses()) {
            builder.address(address, spec.lengthOf(address));
        }
        TunnelNet net = builder.tunnel(settings).open();
        try {
            return new UserspacePlane(
                    net, text("socks5", net.socks()) + " " + text("http", net.httpProxy()));
        } catch (IOException | RuntimeException e) {
            net.close();
            throw e;
        }
    }

    private static String text(String scheme, ProxyAccess access) {
        InetSocketAddress address = access.address();
        return "%s://%s:%s@%s:%d"
                .formatted(
                        scheme,
                        access.username(),
                        access.password(),
                        address.getAddress().getHostAddress(),
                        address.getPort());
    }

    @Override
    public Tunnel tunnel() {
        return net.tunnel();
    }

    @Override
    public ChannelFactory<? extends Channel> channels() {
        return net.nettyFactory();
    }

    /** Does nothing: the stack hands every packet to the tunnel, which has the networks. */
    @Override
    public List<String> route(List<IpPrefix> ranges) {
        return List.of();
    }

    @Override
    public Optional<String> proxies() {
        return Optional.of(proxies);
    }

    @Override
    public void close() {
        net.close();
    }
}
