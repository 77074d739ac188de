// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.doctor.observation.Internet;
import org.wgj.doctor.observation.Observation.Link;
import org.wgj.doctor.observation.Observation.Outgoing;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Route;
import org.wgj.tun.linux.RtNetlink;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Asks the kernel by which interfaces packets leave. */
final class OutgoingProbe {
    private OutgoingProbe() {}

    static Outgoing look(
            RtNetlink kernel, List<Link> links, List<Route> routes, Collection<String> tunnels)
            throws IOException {
        Map<InetAddress, String> outgoing = new HashMap<>();
        for (InetAddress sample : Internet.samples(routes)) {
            String link = outgoingLink(kernel, sample);
            if (link != null) {
                outgoing.put(sample, link);
            }
        }
        Set<String> all = new HashSet<>(tunnels);
        for (Link link : links) {
            if (link.state().kind().equals("wireguard")) {
                all.add(link.state().name());
            }
        }
        return new Outgoing(
                kernel.rules(),
                outgoing,
                all,
                NameServiceReader.look(address -> outgoingLink(kernel, address)));
    }

    /** Returns null if there is no route. */
    private static String outgoingLink(RtNetlink kernel, InetAddress address) throws IOException {
        try {
            return kernel.lookUpRoute(address).link();
        } catch (ErrnoException e) {
            return null;
        }
    }
}
