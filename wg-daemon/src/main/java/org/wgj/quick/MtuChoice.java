// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.RouteLookup;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/**
 * Chooses the MTU of an interface whose file has none, as {@code wg-quick} does: the greatest MTU
 * of the routes to endpoints, else that of the default route, else 1500, minus the 80 bytes that
 * IPv6, UDP and WireGuard add to a packet.
 */
final class MtuChoice {
    private MtuChoice() {}

    private static final int OVERHEAD = 80;
    private static final int ETHERNET = 1500;

    /** The MTUs of routes, as the kernel reports them. */
    interface RouteMtus {
        /** The MTU of the route to an address; 0 without a route. */
        int mtuTo(InetAddress address) throws IOException;

        /** The MTU of the default route, else of its interface; 0 without one. */
        int mtuOfDefault() throws IOException;
    }

    static int choose(List<InetAddress> endpoints, RouteMtus mtus) throws IOException {
        int mtu = 0;
        for (InetAddress endpoint : endpoints) {
            mtu = Math.max(mtu, mtus.mtuTo(endpoint));
        }
        if (mtu == 0) {
            mtu = mtus.mtuOfDefault();
        }
        return (mtu == 0 ? ETHERNET : mtu) - OVERHEAD;
    }

    static RouteMtus of(RtNetlink net) {
        return new RouteMtus() {
            @Override
            public int mtuTo(InetAddress address) throws IOException {
                try {
                    return mtuOf(net.lookUpRoute(address));
                } catch (ErrnoException e) {
                    return 0; // unreachable, perhaps only for now
                }
            }

            @Override
            public int mtuOfDefault() throws IOException {
                return mtuOf(net.lookUpDefaultRoute());
            }

            private int mtuOf(RouteLookup route) throws IOException {
                return route.mtu() != 0 || route.link() == null
                        ? route.mtu()
                        : net.link(route.link()).mtu();
            }
        };
    }
}
