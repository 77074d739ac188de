// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.socket.nio.NioSocketChannel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.node.PlaneLink;
import org.wgj.mesh.node.PlaneSpec;
import org.wgj.protocol.IpPrefix;
import org.wgj.run.TunnelService;
import org.wgj.tun.LinuxTun;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.RtNetlink;
import org.wgj.tunnel.Tunnel;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A plane as an interface of the system, with its addresses and routes, and with the configuration
 * socket of every interface, so that {@code wg show} knows it. The interface ends with the process.
 */
public final class TunPlane implements PlaneLink {
    private static final Logger LOG = LoggerFactory.getLogger(TunPlane.class);

    private final TunnelService service;
    private final Set<Route> routes = new LinkedHashSet<>();

    private TunPlane(TunnelService service) {
        this.service = service;
    }

    /**
     * Brings up a plane.
     *
     * @param spec what to make
     * @param settings called once with the tunnel's builder
     * @return the running plane
     * @throws IOException if the interface exists already, the port is taken, or the privilege is
     *     missing
     */
    public static PlaneLink open(PlaneSpec spec, Consumer<Tunnel.Builder> settings)
            throws IOException {
        try (RtNetlink net = RtNetlink.open()) {
            if (net.links().stream().anyMatch(link -> link.name().equals(spec.name()))) {
                throw new IOException(
                        "interface "
                                + spec.name()
                                + " exists already: take it down (wgj down "
                                + spec.name()
                                + ") or use --userspace");
            }
            TunnelService service =
                    TunnelService.start(LinuxTun.create(spec.name(), spec.mtu()), null, settings);
            try {
                configure(net, spec);
                return new TunPlane(service);
            } catch (IOException | RuntimeException e) {
                service.close();
                throw e;
            }
        }
    }

    private static void configure(RtNetlink net, PlaneSpec spec) throws IOException {
        for (InetAddress address : spec.addresses()) {
            try {
                // The kernel adds the route to the plane's range with the address.
                net.addAddress(spec.name(), new Cidr(address, spec.lengthOf(address)));
            } catch (ErrnoException e) {
                if (!(address instanceof Inet6Address) || spec.addresses().size() < 2) {
                    throw e;
                }
                LOG.warn(
                        "{} goes without {}: {}",
                        spec.name(),
                        address.getHostAddress(),
                        e.getMessage());
            }
        }
        net.setUp(spec.name(), true);
    }

    @Override
    public Tunnel tunnel() {
        return service.tunnel();
    }

    @Override
    public ChannelFactory<? extends Channel> channels() {
        return NioSocketChannel::new;
    }

    @Override
    public List<String> route(List<IpPrefix> ranges) throws IOException {
        Set<Route> wanted = new LinkedHashSet<>();
        for (IpPrefix range : ranges) {
            wanted.add(Route.through(service.name(), Cidr.parse(range.toString())));
        }
        List<String> problems = new ArrayList<>();
        try (RtNetlink net = RtNetlink.open()) {
            for (Route route : List.copyOf(routes)) {
                if (!wanted.contains(route)) {
                    remove(net, route);
                }
            }
            for (Route route : wanted) {
                if (!routes.contains(route)) {
                    add(net, route, problems);
                }
            }
        }
        return problems;
    }

    private void add(RtNetlink net, Route route, List<String> problems) {
        try {
            net.addRoute(route);
            routes.add(route);
        } catch (ErrnoException e) {
            problems.add(
                    e.errno() == Errno.EEXIST
                            ? route.destination() + " is not routed: another route to it exists"
                            : e.getMessage());
        } catch (IOException e) {
            problems.add(e.getMessage());
        }
    }

    private void remove(RtNetlink net, Route route) throws IOException {
        try {
            net.removeRoute(route);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ESRCH) { // another program has removed it
                throw e;
            }
        }
        routes.remove(route);
    }

    @Override
    public Optional<String> proxies() {
        return Optional.empty();
    }

    @Override
    public void close() {
        service.close();
    }
}
