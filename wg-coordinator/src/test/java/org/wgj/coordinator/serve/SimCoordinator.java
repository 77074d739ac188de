// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;

import org.wgj.coordinator.api.ApiReply;
import org.wgj.coordinator.api.ApiRoutes;
import org.wgj.coordinator.api.Caller;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.Snapshot;
import org.wgj.coordinator.registry.Views;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.PlaneIndex;
import org.wgj.mesh.relay.RelayFilter;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.mesh.relay.RelayMember;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Peer;
import org.wgj.tunnel.DatagramOutlet;
import org.wgj.tunnel.TunnelEditor;
import org.wgj.tunnel.TunnelEvent;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A coordinator of the parts of the real one, except its sockets and threads: {@link SimMessage}
 * takes the place of TCP and HTTP. {@link #kill} is what SIGKILL is to a process.
 */
final class SimCoordinator extends SimMachine {
    static final InetAddress INNER = InetAddress.ofLiteral("10.77.0.1");
    private static final int WAKE_AT_ONCE = 10;
    private static final long WAKE_EVERY = 50 * SimClock.MS;
    private static final long LAST_WORDS = 500 * SimClock.MS;

    final Registry registry;
    final Presence presence = new Presence();
    final StreamHub hub;

    /** Keys that two machines use. */
    final List<PublicKey> clones = new ArrayList<>();

    private final Members members = new Members();
    private final MemberListener inside = new MemberListener(List.of(INNER), 7707);
    private final RelayFilter relay;
    private final Observed observed;
    private final ApiRoutes routes = new ApiRoutes();
    private final SimLoop loop = new SimLoop(this);
    private final Map<Long, StreamChannel> streams = new HashMap<>(); // by connection
    private final Map<InetAddress, SimMessage.Reader> readers = new HashMap<>();
    private PlaneIndex index;

    /** Whole maps and differences that were sent to nodes. */
    private long fulls;

    private long deltas;
    private long streamBytes;

    SimCoordinator(SimClock net, String address, PrivateKey key, Registry registry) {
        super(net, address, 2 * SimClock.MS, key);
        this.registry = registry;
        relay = new RelayFilter(RelayLimits.DEFAULT, net.random);
        device.reserveIndices(relay::isRelayed);
        relay.submit(
                r -> {
                    r.setOwnKeys(List.of(publicKey()));
                    return null;
                });
        Sightings sightings =
                new Sightings(registry, 1, (ms, task, orElse) -> after(ms * SimClock.MS, task));
        observed =
                new Observed(
                        seen -> work(() -> sightings.observed(seen)), clones::add, this::askAt);
        Outlet outlet = new Outlet();
        relay.attached(outlet);
        observed.attached(outlet);
        Snapshot first = registry.snapshot();
        hub = new StreamHub(loop, first.map(), Views::of, presence::asked, presence::streamEnded);
        new MemberRoutes(registry, presence, hub, sightings, () -> null, observed::spoke, net)
                .addTo(routes);
        work(
                () -> {
                    committed(first);
                    registry.onCommit(this::committed);
                    wake(List.copyOf(first.keys().keySet()));
                });
    }

    @Override
    boolean countsCpu() {
        return true;
    }

    long fulls() {
        return fulls;
    }

    long deltas() {
        return deltas;
    }

    long streamBytes() {
        return streamBytes;
    }

    int streams() {
        return hub.streams();
    }

    // --- as in Coordinator

    private void committed(Snapshot snapshot) {
        if (!isOn()) {
            return;
        }
        index = new PlaneIndex(snapshot.map(), PLANE);
        inside.update(snapshot);
        List<RelayMember> all = new ArrayList<>();
        for (MapNode node : snapshot.map().nodes().values()) {
            node.planes()
                    .forEach((plane, in) -> all.add(new RelayMember(node.id(), plane, in.key())));
        }
        relay.serve(all, Set.of());
        edit(editor -> apply(snapshot, editor));
        presence.keepOnly(snapshot.map().nodes().keySet());
        hub.update(snapshot.map());
        loop.arm();
    }

    private void apply(Snapshot snapshot, TunnelEditor editor) {
        Set<PublicKey> leaving = members.apply(snapshot, editor);
        if (!leaving.isEmpty()) {
            after(LAST_WORDS, () -> edit(later -> members.dismiss(leaving, later)));
        }
    }

    private void wake(List<PublicKey> keys) {
        for (PublicKey key : keys.subList(0, Math.min(WAKE_AT_ONCE, keys.size()))) {
            initiate(key, null);
        }
        if (keys.size() > WAKE_AT_ONCE) {
            after(WAKE_EVERY, () -> wake(keys.subList(WAKE_AT_ONCE, keys.size())));
        }
    }

    private void initiate(PublicKey key, Endpoint alsoTo) {
        Peer peer = device.peer(key);
        if (peer != null) {
            device.initiate(peer, alsoTo, net.nowNs());
        }
    }

    private void askAt(PublicKey key, InetSocketAddress place, InetSocketAddress now) {
        work(
                () -> {
                    edit(
                            editor ->
                                    editor.peer(key)
                                            .ifPresent(peer -> peer.endpoint(place).initiate()));
                    edit(editor -> editor.peer(key).ifPresent(peer -> peer.endpoint(now)));
                });
    }

    /** The parts of the tunnel that filters may use. */
    private final class Outlet implements DatagramOutlet {
        @Override
        public void send(PacketBatch datagrams) {
            transmit(datagrams);
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public long nowNs() {
            return net.nowNs();
        }

        @Override
        public boolean ownsIndex(int number) {
            return device.ownsIndex(number);
        }

        @Override
        public Endpoint provenEndpointOrNull(PublicKey key) {
            Peer peer = device.peer(key);
            return peer == null ? null : peer.provenEndpointOrNull();
        }

        @Override
        public void initiate(PublicKey key, Endpoint alsoTo) {
            after(0, () -> SimCoordinator.this.initiate(key, alsoTo));
        }

        @Override
        public void schedule(Runnable task, long delayNs) {
            after(delayNs, task);
        }
    }

    @Override
    void filter(PacketBatch datagrams) {
        relay.filter(datagrams);
    }

    @Override
    void told(TunnelEvent event) {
        relay.accept(event);
        observed.accept(event);
    }

    @Override
    long nextNs() {
        return Long.MAX_VALUE;
    }

    @Override
    void due() {}

    // --- what nodes ask

    @Override
    void opened(byte[] packet, Endpoint source) {
        InetAddress from;
        try {
            from = InetAddress.getByAddress(Arrays.copyOfRange(packet, 12, 16));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
        if (packet[9] != 17) {
            return; // a challenge to the relay
        }
        SimMessage message =
                readers.computeIfAbsent(from, k -> new SimMessage.Reader()).take(payload(packet));
        if (message != null) {
            asked(from, message);
        }
    }

    private void asked(InetAddress from, SimMessage message) {
        MapNode node = index.byAddress(from);
        if (node == null) {
            return; // the real one closes the connection
        }
        Caller caller = new Caller(Caller.Kind.MEMBER, node.id(), "node:" + node.id());
        switch (message.kind()) {
            case CONNECT -> connect(from, message, caller);
            case POST -> {
                String path = message.path();
                ApiReply reply = routes.call("POST", path, Map.of(), message.body(), caller);
                answer(from, SimMessage.Kind.REPLY, message.connection(), "" + reply.status());
            }
            default -> throw new AssertionError(message.kind());
        }
    }

    private void connect(InetAddress from, SimMessage message, Caller caller) {
        if (streams.containsKey(message.connection())) {
            return; // a repetition
        }
        Map<String, String> query = new HashMap<>();
        for (String field : message.path().split("&", -1)) {
            query.put(
                    field.substring(0, field.indexOf('=')),
                    field.substring(field.indexOf('=') + 1));
        }
        ApiReply reply = routes.call("GET", "/v1/stream", query, new byte[0], caller);
        answer(from, SimMessage.Kind.REPLY, message.connection(), "" + reply.status());
        if (reply.streamOrNull() != null) {
            StreamChannel channel = new StreamChannel(from, message.connection());
            streams.put(message.connection(), channel);
            reply.streamOrNull().accept(channel);
            loop.arm();
        }
    }

    private void answer(InetAddress to, SimMessage.Kind kind, long connection, String text) {
        send(to, new SimMessage(kind, connection, "", text.getBytes(StandardCharsets.UTF_8)));
    }

    private void send(InetAddress to, SimMessage message) {
        message.parts().forEach(part -> sendInner(INNER, to, part));
    }

    /** The coordinator's end of a connection with a stream. */
    private final class StreamChannel extends EmbeddedChannel {
        StreamChannel(InetAddress node, long connection) {
            super(
                    new ChannelOutboundHandlerAdapter() {
                        @Override
                        public void write(
                                ChannelHandlerContext context, Object line, ChannelPromise done) {
                            ByteBuf content = ((HttpContent) line).content();
                            byte[] bytes = new byte[content.readableBytes()];
                            content.readBytes(bytes);
                            content.release();
                            count(bytes);
                            send(node, new SimMessage(SimMessage.Kind.LINE, connection, "", bytes));
                            done.setSuccess();
                        }

                        @Override
                        public void close(ChannelHandlerContext context, ChannelPromise done) {
                            if (streams.remove(connection) != null) {
                                answer(node, SimMessage.Kind.CLOSED, connection, "");
                            }
                            context.close(done);
                        }
                    });
        }
    }

    private void count(byte[] line) {
        streamBytes += line.length;
        String begin = new String(line, 0, Math.min(8, line.length), StandardCharsets.UTF_8);
        if (begin.startsWith("{\"full\"")) {
            fulls++;
        } else if (begin.startsWith("{\"delta")) {
            deltas++;
        }
    }

    /**
     * Ends the store, which a killed process leaves to its engine; the streams just fall silent.
     */
    @Override
    void kill() {
        super.kill();
        registry.close();
    }

    Set<Long> connected() {
        Set<Long> all = new HashSet<>();
        for (long node : registry.snapshot().map().nodes().keySet()) {
            if (presence.of(node).streams() > 0) {
                all.add(node);
            }
        }
        return all;
    }
}
