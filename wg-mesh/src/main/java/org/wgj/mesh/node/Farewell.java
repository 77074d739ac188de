// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.DefaultThreadFactory;

import org.wgj.mesh.enrol.EnrolPlane;
import org.wgj.mesh.enrol.SessionAsking;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MeshMap;
import org.wgj.netstack.TunnelNet;
import org.wgj.netstack.TunnelNetBuilder;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Tells a coordinator that a node leaves, through a tunnel in user space that lives only for that:
 * it works without the running node and without privilege.
 */
public final class Farewell {
    /** The time after which a session is asked for again: an initiation may be lost. */
    private static final long AGAIN_MS = 2_000;

    private Farewell() {}

    /**
     * Tells the first coordinator that answers.
     *
     * @param folder the node's folder, claimed by this process
     * @param identity a member's
     * @param timeout how long to wait for each place of a coordinator
     * @throws IOException if none has taken the message
     */
    public static void say(NodeFolder folder, Identity identity, Duration timeout)
            throws IOException {
        Identity.Member member = identity.memberOrNull();
        List<MapCoordinator> coordinators =
                MapFile.read(folder).map(MeshMap::coordinators).orElse(member.coordinators());
        IOException failure = null;
        HandshakeClock clock = new HandshakeClock(folder, InstantSource.system(), Runnable::run);
        for (MapCoordinator coordinator : coordinators) {
            for (HostPort endpoint : coordinator.endpoints()) {
                try {
                    say(identity, coordinator, endpoint, clock, timeout);
                    return;
                } catch (IOException e) {
                    failure = e;
                }
            }
        }
        throw failure == null ? new IOException("there is no coordinator") : failure;
    }

    private static void say(
            Identity identity,
            MapCoordinator coordinator,
            HostPort endpoint,
            InstantSource clock,
            Duration timeout)
            throws IOException {
        EnrolPlane plane = identity.memberOrNull().planes().getFirst();
        List<InetAddress> there = coordinator.addresses().getOrDefault(plane.name(), List.of());
        if (there.isEmpty()) {
            throw new IOException("the coordinator is not in plane " + plane.name());
        }
        InetSocketAddress at =
                new InetSocketAddress(InetAddress.getByName(endpoint.host()), endpoint.port());
        TunnelNetBuilder builder = TunnelNet.builder().name("leaving").mtu(plane.mtu());
        plane.addresses().forEach(builder::address);
        builder.tunnel(
                tunnel ->
                        tunnel.privateKey(identity.keyInUse(plane.name()))
                                .wallClock(clock)
                                .peer(
                                        coordinator.key(),
                                        peer -> {
                                            peer.endpoint(at);
                                            there.forEach(a -> peer.allowedIp(IpPrefix.host(a)));
                                        }));
        MultiThreadIoEventLoopGroup group =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("wgj-leaving", true),
                        NioIoHandler.newFactory());
        try (TunnelNet net = builder.open()) {
            EventLoop loop = group.next();
            loop.schedule(
                    () -> SessionAsking.again(net, coordinator.key()),
                    AGAIN_MS,
                    TimeUnit.MILLISECONDS);
            CoordinatorClient.Reply reply =
                    new CoordinatorClient(loop, net.nettyFactory())
                            .request(
                                    new InetSocketAddress(there.getFirst(), CoordinatorClient.PORT),
                                    HttpMethod.POST,
                                    "/v1/leave",
                                    new byte[0],
                                    Math.toIntExact(timeout.toMillis()))
                            .get(timeout.toMillis() + 1_000, TimeUnit.MILLISECONDS);
            // 403: the mesh has removed the node already
            if (reply.status() >= 300 && reply.status() != 403) {
                throw new IOException("the coordinator answered " + reply.status());
            }
        } catch (ExecutionException e) {
            throw new IOException(
                    "coordinator " + endpoint + ": " + e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("coordinator " + endpoint + " did not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
