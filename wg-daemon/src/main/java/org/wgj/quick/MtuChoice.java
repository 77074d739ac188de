// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.RouteLookup;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/**
 * The MTU of an interface whose file names none, as {@code wg-quick} finds it: that of the widest
 * way to an endpoint, else that of the default route, else 1500, less the 80 bytes that IPv6, UDP
 * and WireGuard put around a packet.
 */
final class MtuChoice {
    private MtuChoice() {}

    private static final int OVERHEAD = 80;
    private static final int ETHERNET = 1500;

    /** The ways that packets take, asked of the kernel. */
    interface PathMtus {
        /** The MTU of the way to an address, 0 when there is no way. */
        int mtuTo(InetAddress address) throws IOException;

        /** The MTU of the default route, else of its interface, 0 when there is none. */
        int mtuOfDefault() throws IOException;
    }

    static int choose(List<InetAddress> endpoints, PathMtus mtus) throws IOException {
        int mtu = 0;
        for (InetAddress endpoint : endpoints) {
            mtu = Math.max(mtu, mtus.mtuTo(endpoint));
        }
        if (mtu == 0) {
            mtu = mtus.mtuOfDefault();
        }
        return (mtu == 0 ? ETHERNET : mtu) - OVERHEAD;
    }

    static PathMtus of(RtNetlink net) {
        return new PathMtus() {
            @Override
            public int mtuTo(InetAddress address) throws IOException {
                try {
                    return mtuOf(net.lookUpRoute(address));
                } catch (ErrnoException e) {
                    return 0; // unreachable, for the moment or for ever
                }
            }

            @Override
            public int mtuOfDefault() throws IOException {
                return mtuOf(net.lookUpDefaultRoute());
            }

            private int mtuOf(RouteLookup way) throws IOException {
                return way.mtu() != 0 || way.link() == null
                        ? way.mtu()
                        : net.link(way.link()).mtu();
            }
        };
    }
}
