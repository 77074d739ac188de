// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import io.netty.channel.Channel;

import org.wgj.coordinator.api.Caller;
import org.wgj.coordinator.api.HttpLimits;
import org.wgj.coordinator.api.HttpListener;
import org.wgj.coordinator.registry.Snapshot;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The listener inside the tunnel. WireGuard lets a member send from its own addresses only, so the
 * source address identifies the caller.
 */
final class MemberListener implements HttpListener {
    private final Set<InetAddress> own;
    private final int port;
    private volatile Map<InetAddress, Caller> members = Map.of();

    /**
     * @param own the coordinator's addresses
     * @param port the TCP port on which it listens
     */
    MemberListener(Collection<InetAddress> own, int port) {
        this.own = Set.copyOf(own);
        this.port = port;
    }

    /** Takes the members of a new map; any thread. */
    void update(Snapshot snapshot) {
        Map<InetAddress, Caller> byAddress = new HashMap<>();
        for (MapNode node : snapshot.map().nodes().values()) {
            Caller caller = new Caller(Caller.Kind.MEMBER, node.id(), "node:" + node.id());
            for (Membership member : node.planes().values()) {
                member.addresses().forEach(address -> byAddress.put(address, caller));
            }
        }
        members = byAddress;
    }

    @Override
    public HttpLimits limits() {
        return HttpLimits.MEMBERS;
    }

    @Override
    public Optional<Caller> caller(Channel channel) {
        return Optional.ofNullable(members.get(source(channel)));
    }

    @Override
    public InetAddress source(Channel channel) {
        return ((InetSocketAddress) channel.remoteAddress()).getAddress();
    }

    @Override
    public boolean isOwnHost(String host) {
        return HostHeader.address(host, port).filter(own::contains).isPresent();
    }
}
