// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.tunnel.DatagramFilter;
import org.wgj.tunnel.DatagramOutlet;
import org.wgj.tunnel.TunnelEvent;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Puts a {@link Relay} on the port of a tunnel. One object takes three places of the tunnel's
 * builder, and all three are needed:
 *
 * <pre>{@code
 * RelayFilter relay = new RelayFilter(RelayLimits.DEFAULT, new SecureRandom());
 * builder.filter(relay).listener(relay).reservedIndices(relay::isRelayed);
 * relay.submit(r -> { r.setOwnKeys(List.of(key)); return null; });
 * relay.serve(members, Set.of());
 * }</pre>
 *
 * <p>The members are peers of the tunnel, by the same keys. The tunnel's own sessions with them
 * prove their addresses. Datagrams are forwarded within the batch that brought them, without a
 * copy.
 *
 * <p>Any thread may call {@link #submit}, {@link #serve}, {@link #statistics}, {@link #snapshot}
 * and {@link #restore}; the tunnel's event loop calls the rest.
 */
public final class RelayFilter implements DatagramFilter, Consumer<TunnelEvent> {
    private static final long SWEEP_NS = 5_000_000_000L;

    /** Between handshakes with members after a restart: each takes up to a millisecond. */
    private static final long SEEK_EVERY_NS = 5_000_000;

    private final Relay relay;
    private final List<Runnable> early = new ArrayList<>(); // guarded by itself
    private volatile DatagramOutlet outlet;
    private Batch forwarded = new Batch(0);
    private Batch kept = new Batch(0);

    /**
     * Creates a relay without members.
     *
     * @param limits what it grants at most
     * @param random for the secrets of its tables
     */
    public RelayFilter(RelayLimits limits, RandomGenerator random) {
        relay = new Relay(new Host(), limits, random);
    }

    private final class Host implements RelayHost {
        @Override
        public boolean ownsIndex(int index) {
            return outlet != null && outlet.ownsIndex(index);
        }

        @Override
        public void seek(RelayMember member, Endpoint source) {
            outlet.initiate(member.key(), source);
        }
    }

    // --- from any thread

    /**
     * Runs a task with the relay on the tunnel's event loop; once the tunnel starts, if it has not
     * started yet.
     *
     * @param task for example a change of the members; must not keep the relay
     * @return the task's result; never completed if the tunnel closes before
     * @param <T> what the task returns
     */
    public <T> CompletableFuture<T> submit(Function<Relay, T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Runnable work =
                () -> {
                    try {
                        result.complete(task.apply(relay));
                    } catch (RuntimeException | Error e) {
                        result.completeExceptionally(e);
                    }
                };
        synchronized (early) {
            if (outlet == null) {
                early.add(work);
                return result;
            }
        }
        outlet.schedule(work, 0);
        return result;
    }

    /**
     * Serves these members from now on. Sessions of those that are no longer there end, and of
     * nodes that take no relay.
     *
     * @param members one for each node and plane
     * @param directOnly the ids of nodes of which no packet may be relayed
     * @return completed when it does
     */
    public CompletableFuture<Void> serve(List<RelayMember> members, Set<Long> directOnly) {
        RelayPolicy policy = RelayPolicy.without(directOnly);
        return submit(
                r -> {
                    r.setMembers(members);
                    r.setPolicy(policy);
                    return null;
                });
    }

    /**
     * Tells where a member has proved to be otherwise than by a handshake: an echo of its session
     * came back over that path.
     *
     * @param key the member's public key; ignored if it is no member
     * @param endpoint the place
     */
    public void proved(PublicKey key, Endpoint endpoint) {
        submit(
                r -> {
                    r.learned(key, endpoint, outlet.nowNs());
                    return null;
                });
    }

    /**
     * Returns what the relay has done and holds.
     *
     * @return a snapshot
     */
    public CompletableFuture<RelayStatistics> statistics() {
        return submit(r -> r.statistics(outlet.nowNs()));
    }

    /**
     * Writes down the relay's sessions, without any key. To be kept in a file every few seconds.
     *
     * @return the bytes for {@link #restore}
     */
    public CompletableFuture<byte[]> snapshot() {
        return submit(r -> r.snapshot(outlet.nowNs(), System.currentTimeMillis()));
    }

    /**
     * Takes over the sessions of a relay that ended, and begins a handshake with each member at its
     * last address, since the holes in NATs are still open. To be called after the members are set
     * and are peers of the tunnel.
     *
     * @param snapshot from {@link #snapshot}
     * @return how many members are sought; failed with an {@link IllegalArgumentException} if the
     *     bytes are not a whole snapshot
     */
    public CompletableFuture<Integer> restore(byte[] snapshot) {
        return submit(
                r -> {
                    Map<RelayMember, Endpoint> seen =
                            r.restore(snapshot, outlet.nowNs(), System.currentTimeMillis());
                    long delayNs = 0;
                    for (Map.Entry<RelayMember, Endpoint> member : seen.entrySet()) {
                        PublicKey key = member.getKey().key();
                        Endpoint at = member.getValue();
                        outlet.schedule(() -> outlet.initiate(key, at), delayNs);
                        delayNs += SEEK_EVERY_NS;
                    }
                    return seen.size();
                });
    }

    // --- on the tunnel's event loop

    /**
     * Returns whether members use an index among themselves, for {@code reservedIndices}.
     *
     * @param index a receiver index
     * @return whether the tunnel must not choose it
     */
    public boolean isRelayed(int index) {
        return relay.isRelayed(index);
    }

    @Override
    public void attached(DatagramOutlet attached) {
        List<Runnable> waiting;
        synchronized (early) {
            outlet = attached;
            waiting = List.copyOf(early);
            early.clear();
        }
        waiting.forEach(Runnable::run);
        attached.schedule(this::sweep, SWEEP_NS);
    }

    private void sweep() {
        outlet.schedule(this::sweep, SWEEP_NS);
        relay.sweep(outlet.nowNs());
    }

    /** Learns from the tunnel's own sessions where members are. */
    @Override
    public void accept(TunnelEvent event) {
        switch (event) {
            case TunnelEvent.HandshakeCompleted completed -> learn(completed.peer());
            case TunnelEvent.EndpointChanged changed -> learn(changed.peer());
            case TunnelEvent.SessionExpired expired -> relay.lost(expired.peer());
            case TunnelEvent.PeerRemoved removed -> relay.lost(removed.peer());
            default -> {}
        }
    }

    private void learn(PublicKey key) {
        Endpoint proven = outlet == null ? null : outlet.provenEndpointOrNull(key);
        if (proven != null) {
            relay.learned(key, proven, outlet.nowNs());
        }
    }

    @Override
    public void filter(PacketBatch batch) {
        long nowNs = outlet.nowNs();
        relay.setWritable(outlet.isWritable());
        if (forwarded.offsets.length < batch.capacity()) {
            forwarded = new Batch(batch.capacity());
            kept = new Batch(batch.capacity());
        }
        forwarded.count = 0;
        kept.count = 0;
        for (int i = 0; i < batch.count(); i++) {
            Endpoint source = batch.endpoints()[i];
            switch (relay.decide(
                    batch.slab(), batch.offsets()[i], batch.lengths()[i], source, nowNs)) {
                case TUNNEL -> kept.add(batch, i, source);
                case FORWARD -> forwarded.add(batch, i, relay.target());
                case DROP -> {}
            }
        }
        if (forwarded.count > 0) {
            forwarded.copyTo(batch);
            outlet.send(batch);
        }
        if (kept.count < batch.count() || forwarded.count > 0) {
            kept.copyTo(batch);
        }
    }

    /** Datagrams of a batch while the batch holds others. */
    private static final class Batch {
        final int[] offsets;
        final int[] lengths;
        final byte[] trafficClasses;
        final Endpoint[] endpoints;
        int count;

        Batch(int capacity) {
            offsets = new int[capacity];
            lengths = new int[capacity];
            trafficClasses = new byte[capacity];
            endpoints = new Endpoint[capacity];
        }

        void add(PacketBatch batch, int i, Endpoint endpoint) {
            offsets[count] = batch.offsets()[i];
            lengths[count] = batch.lengths()[i];
            trafficClasses[count] = batch.trafficClasses()[i];
            endpoints[count++] = endpoint;
        }

        void copyTo(PacketBatch batch) {
            System.arraycopy(offsets, 0, batch.offsets(), 0, count);
            System.arraycopy(lengths, 0, batch.lengths(), 0, count);
            System.arraycopy(trafficClasses, 0, batch.trafficClasses(), 0, count);
            System.arraycopy(endpoints, 0, batch.endpoints(), 0, count);
            batch.setCount(count);
        }
    }
}
