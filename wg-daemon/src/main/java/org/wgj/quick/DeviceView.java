// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.linux.Cidr;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The part of an interface's state that routes depend on; no keys.
 *
 * @param fwmark 0 if off
 * @param endpoints those of the peers that have one
 * @param allowedIps those of all peers, the longest prefixes first, as {@code wg-quick} sorts them
 */
record DeviceView(int fwmark, List<InetAddress> endpoints, List<Cidr> allowedIps) {
    static DeviceView of(UapiClient device) throws IOException {
        TunnelStatus status = device.get();
        List<InetAddress> endpoints = new ArrayList<>();
        List<String> allowedIps = new ArrayList<>();
        for (PeerStatus peer : status.peers()) {
            Endpoint endpoint = peer.endpoint();
            if (endpoint != null) {
                endpoints.add(endpoint.toSocketAddress().getAddress());
            }
            peer.allowedIps().forEach(range -> allowedIps.add(range.toString()));
        }
        return new DeviceView(status.fwmark(), List.copyOf(endpoints), sorted(allowedIps));
    }

    /** Sorts as {@code sort -nr -k 2 -t /}: by length, then by text, both descending. */
    static List<Cidr> sorted(List<String> ranges) {
        Comparator<String> byLength = Comparator.comparingInt(text -> Cidr.parse(text).length());
        return ranges.stream()
                .sorted(byLength.thenComparing(Comparator.naturalOrder()).reversed())
                .map(Cidr::parse)
                .toList();
    }
}
