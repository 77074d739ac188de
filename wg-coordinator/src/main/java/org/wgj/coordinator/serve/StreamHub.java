// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.StreamLine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.LongConsumer;

/**
 * The streams in which nodes get the map. All belong to one event loop. Changes that follow one
 * another within {@value #COALESCE_MS} ms are sent together; the first of them at once. A node has
 * one stream; a new one ends the one before.
 *
 * <p>At most one line is under way to a reader that does not read, whatever the number of changes,
 * and after {@value #SLOW_S} s its stream ends.
 */
final class StreamHub {
    static final int COALESCE_MS = 50;
    private static final int SLOW_S = 30;
    private static final int REMOVED_MS = 200;
    private static final Logger LOG = LoggerFactory.getLogger(StreamHub.class);
    private static final byte[] ALIVE = StreamLine.alive();
    private static final byte[] WATCHED = StreamLine.watched();

    /** A node looks closely at its links for twice as long. */
    private static final int WATCHED_S = 5;

    private final EventExecutor loop;
    private final BiFunction<MeshMap, Set<String>, MeshMap> views;
    private final LongConsumer asked;
    private final LongConsumer ended;
    private final Map<Long, Stream> streams = new HashMap<>();
    private final Future<?> ticking;
    private MapLines lines;
    private Map<Long, Set<String>> rotations = Map.of();
    private Future<?> flush;
    private long lastFlushNs;
    private long linesSent;
    private long watchedNs;

    /**
     * @param loop the event loop of all channels
     * @param map what the nodes get at first
     * @param views cuts a map to what a node in these planes may see
     * @param asked told the id of a node that is asked to look closely and to say that it is there,
     *     on the loop
     * @param ended told the id of a node whose stream has ended, on the loop
     */
    StreamHub(
            EventExecutor loop,
            MeshMap map,
            BiFunction<MeshMap, Set<String>, MeshMap> views,
            LongConsumer asked,
            LongConsumer ended) {
        this.loop = loop;
        this.asked = asked;
        this.views = views;
        this.ended = ended;
        lastFlushNs = now() - TimeUnit.SECONDS.toNanos(1);
        watchedNs = now() - TimeUnit.SECONDS.toNanos(WATCHED_S);
        lines = new MapLines(map, views);
        ticking = loop.scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    /** One node's stream. */
    private final class Stream extends ChannelInboundHandlerAdapter {
        final long node;
        final Channel channel;
        Set<String> planes;
        MeshMap sent; // null if the node has nothing that a difference could begin with
        long sentAtNs = now();
        long blockedAtNs;
        boolean blocked;
        boolean closing;
        Set<String> askedForKeys = Set.of();

        Stream(long node, Channel channel, Set<String> planes, MeshMap fromOrNull) {
            this.node = node;
            this.channel = channel;
            this.planes = planes;
            sent = fromOrNull;
        }

        void catchUp() {
            if (closing || sent == lines.map()) {
                return;
            }
            if (!channel.isWritable()) {
                block();
                return;
            }
            boolean difference =
                    sent != null
                            && sent.epoch().equals(lines.map().epoch())
                            && sent.revision() <= lines.map().revision();
            write(difference ? lines.difference(sent, planes) : lines.full(planes));
            sent = lines.map();
        }

        /** Asks for new keys in planes for which this stream has not asked yet. */
        void askForKeys() {
            Set<String> wanted = rotations.getOrDefault(node, Set.of());
            if (!closing && !askedForKeys.containsAll(wanted)) {
                write(StreamLine.rotate(wanted));
            }
            askedForKeys = wanted;
        }

        void watched() {
            if (closing) {
                return;
            }
            asked.accept(node); // also if it does not read
            if (!blocked) {
                write(WATCHED);
            }
        }

        void block() {
            if (!blocked) {
                blocked = true;
                blockedAtNs = now();
            }
        }

        void write(byte[] line) {
            sentAtNs = now();
            linesSent++;
            channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(line)));
            if (!channel.isWritable()) {
                block();
            }
        }

        void tick(long nowNs) {
            if (blocked && nowNs - blockedAtNs >= TimeUnit.SECONDS.toNanos(SLOW_S)) {
                LOG.info("the stream of node {} ends: it does not read", node);
                channel.close();
            } else if (!blocked && nowNs - sentAtNs >= TimeUnit.SECONDS.toNanos(aliveS())) {
                write(ALIVE);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (channel.isWritable()) {
                blocked = false;
                catchUp();
            }
            context.fireChannelWritabilityChanged();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (streams.remove(node, this)) {
                ended.accept(node);
            }
            context.fireChannelInactive();
        }
    }

    /**
     * Begins a stream; on the loop. The first line is a difference if the node has an earlier
     * revision of this epoch, else the whole map.
     *
     * @param fromOrNull the whole map, of all planes, at the revision that the node has
     * @return false if there is no stream: the node was removed, or the connection has ended
     */
    boolean open(Channel channel, long node, Set<String> planes, MeshMap fromOrNull) {
        if (!lines.map().nodes().containsKey(node)) {
            channel.close(); // it was removed meanwhile
            return false;
        }
        Stream stream = new Stream(node, channel, planes, fromOrNull);
        Stream before = streams.put(node, stream);
        if (before != null) {
            before.channel.close();
        }
        channel.pipeline().addLast(stream);
        if (!channel.isActive()) {
            streams.remove(node, stream);
            if (before != null) {
                ended.accept(node); // of the one that this one replaced
            }
            return false;
        }
        if (fromOrNull != null
                && fromOrNull.epoch().equals(lines.map().epoch())
                && fromOrNull.revision() == lines.map().revision()) {
            stream.sent = lines.map();
            stream.write(ALIVE); // says that there is nothing new
        } else {
            stream.catchUp();
        }
        stream.askForKeys();
        return true;
    }

    /**
     * Sends a new map to all nodes, any thread. Streams of nodes that are not in it end.
     *
     * @param map a later revision, or another epoch
     */
    void update(MeshMap map) {
        loop.execute(() -> updateNow(map));
    }

    /**
     * Asks nodes for new keys, any thread: each is asked once on a stream.
     *
     * @param wanted the nodes, and the planes in which they shall make a key
     */
    void askForKeys(Map<Long, Set<String>> wanted) {
        loop.execute(
                () -> {
                    if (!wanted.equals(rotations)) {
                        rotations = wanted;
                        streams.values().forEach(Stream::askForKeys);
                    }
                });
    }

    /**
     * Tells the nodes that somebody looks at the state of the mesh, at most each {@value
     * #WATCHED_S} s; any thread.
     */
    void watched() {
        loop.execute(
                () -> {
                    if (now() - watchedNs >= TimeUnit.SECONDS.toNanos(WATCHED_S)) {
                        watchedNs = now();
                        streams.values().forEach(Stream::watched);
                    }
                });
    }

    private void updateNow(MeshMap map) {
        MeshMap before = lines.map();
        if (map.epoch().equals(before.epoch()) && map.revision() <= before.revision()) {
            return;
        }
        lines = new MapLines(map, views);
        List<Stream> removed = new ArrayList<>();
        for (Stream stream : streams.values()) {
            MapNode node = map.nodes().get(stream.node);
            if (node == null) {
                removed.add(stream);
            } else if (!node.planes().keySet().equals(stream.planes)) {
                stream.planes = Set.copyOf(node.planes().keySet());
                stream.sent = null; // it sees other planes from now on
            }
        }
        removed.forEach(this::end);
        if (flush == null) {
            long sinceMs = TimeUnit.NANOSECONDS.toMillis(now() - lastFlushNs);
            long waitMs = Math.max(COALESCE_MS - sinceMs, 0);
            flush = loop.schedule(this::flush, waitMs, TimeUnit.MILLISECONDS);
        }
    }

    private void flush() {
        flush = null;
        lastFlushNs = now();
        for (Stream stream : List.copyOf(streams.values())) {
            stream.catchUp();
        }
    }

    /** Tells a removed node so, by a map without it, and ends its stream. */
    private void end(Stream stream) {
        streams.remove(stream.node, stream);
        stream.catchUp();
        stream.closing = true;
        loop.schedule(() -> stream.channel.close(), REMOVED_MS, TimeUnit.MILLISECONDS);
        ended.accept(stream.node);
    }

    private int aliveS() {
        return StreamLine.aliveS(lines.map().coordinators().size());
    }

    private void tick() {
        long nowNs = now();
        for (Stream stream : List.copyOf(streams.values())) {
            stream.tick(nowNs);
        }
    }

    private long now() {
        return loop.ticker().nanoTime();
    }

    /** Returns how many streams are open; on the loop. */
    int streams() {
        return streams.size();
    }

    /** Returns how many lines were sent; on the loop. */
    long linesSent() {
        return linesSent;
    }

    /** Ends all streams, any thread. */
    void close() {
        ticking.cancel(false);
        loop.execute(() -> List.copyOf(streams.values()).forEach(each -> each.channel.close()));
    }
}
