// SPDX-License-Identifier: Apache-2.0
package org.wgj.events;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelEvent;
import org.wgj.tunnel.TunnelStatus;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Makes the {@link Event}s of one interface from what its tunnel reports, and gives them to the log
 * and to followers. While there is neither a log nor a follower, it does nothing and has no thread.
 *
 * <p>The tunnel's thread only puts a report into a bounded queue; the thread {@code NAME-events}
 * does the rest. It asks the tunnel for its counters every 5 s. Methods that are public may be
 * called from any thread.
 */
public final class EventHub implements AutoCloseable {
    /** The limit for the followers of an interface. */
    public static final int MAX_FOLLOWERS = 16;

    private static final Logger LOG = LoggerFactory.getLogger(EventHub.class);

    /** A session carries nothing after this time (whitepaper 6.1, Reject-After-Time). */
    private static final Duration SESSION = Duration.ofSeconds(180);

    /**
     * If sessions are renewed more often than usual, what passes until an unanswered peer is known
     * to be one: 15 s until packets count as unanswered, 5 s for an initiation, and some.
     */
    private static final Duration ANSWER = Duration.ofSeconds(25);

    private static final int MAX_REPORTS = 4096;
    private static final int TICK_MS = 1000;
    private static final int TICKS_BETWEEN_COUNTERS = 5;
    private static final int IDLE_THREAD_SECONDS = 5;
    private static final int END_SECONDS = 2;

    private final Source source;
    private final Duration silentAfter;
    private final ScheduledThreadPoolExecutor thread;

    /** The tunnel's reports that the thread has not seen yet. */
    private final BlockingQueue<TunnelEvent> reports = new ArrayBlockingQueue<>(MAX_REPORTS);

    private final AtomicBoolean toldOfReports = new AtomicBoolean();
    private final AtomicLong lostReports = new AtomicLong();
    private final Consumer<TunnelEvent> listener = this::report;

    // The thread's own, except that followers are added and removed under their lock.
    private final Set<Follower> followers = new LinkedHashSet<>();
    private boolean logging;
    private Duration summaryEvery; // null for no summaries
    private boolean active;
    private boolean begun; // what was there before is known
    private int starts; // tells answers for this start from those for an earlier one
    private boolean ended;
    private PeerWatch peers;
    private RefusalWatch refusals;
    private ScheduledFuture<?> ticking;
    private int ticks;
    private long connections; // since the last summary
    private long silences;
    private TunnelStatus summarized; // the state at the last summary
    private long summarizedNs;

    EventHub(Source source, Duration silentAfter) {
        this.source = source;
        this.silentAfter = silentAfter;
        thread =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name(source.name() + "-events").factory());
        thread.setKeepAliveTime(IDLE_THREAD_SECONDS, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
        thread.setRemoveOnCancelPolicy(true);
    }

    /**
     * @param rekeyAfterOrNull how often the tunnel renews sessions; null for the protocol's time
     */
    public static EventHub of(Tunnel tunnel, Duration rekeyAfterOrNull) {
        return new EventHub(
                Source.of(tunnel),
                rekeyAfterOrNull == null ? SESSION : rekeyAfterOrNull.plus(ANSWER));
    }

    /**
     * Writes the events to the log from now on, if its level is low enough.
     *
     * @param summaryEveryOrNull how often a summary is logged; null for none
     */
    public void log(Duration summaryEveryOrNull) {
        if (EventLog.isOn()) {
            execute(
                    () -> {
                        logging = true;
                        summaryEvery = summaryEveryOrNull;
                        update();
                    });
        }
    }

    /**
     * Adds a follower, which gets the events from now on.
     *
     * @param ready called on the hub's thread when the follower may have events; must be short
     * @return null if there are {@link #MAX_FOLLOWERS} already or the hub is closed
     */
    public Follower follow(Runnable ready) {
        Follower follower = new Follower(source.name(), ready);
        synchronized (followers) {
            if (followers.size() >= MAX_FOLLOWERS || thread.isShutdown()) {
                return null;
            }
            followers.add(follower);
        }
        execute(this::update);
        return follower;
    }

    /** Removes a follower; does nothing if it was removed before. */
    public void unfollow(Follower follower) {
        synchronized (followers) {
            followers.remove(follower);
        }
        execute(this::update);
    }

    /** Gives the followers their last events. Waits until that is done, 2 s at most. */
    @Override
    public void close() {
        execute(
                () -> {
                    drain();
                    end(TunnelEvent.CloseReason.REQUESTED);
                });
        thread.shutdown();
        try {
            if (!thread.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                LOG.debug("{}: its events were not all told", source.name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void execute(Runnable task) {
        try {
            thread.execute(
                    () -> {
                        try {
                            task.run();
                        } catch (RuntimeException e) {
                            LOG.error("{}: unexpected exception", source.name(), e);
                        }
                    });
        } catch (RejectedExecutionException e) {
            LOG.trace("{}: closed meanwhile", source.name());
        }
    }

    // --- on the tunnel's thread

    private void report(TunnelEvent event) {
        if (!reports.offer(event)) {
            lostReports.incrementAndGet();
        }
        if (toldOfReports.compareAndSet(false, true)) {
            execute(this::drain);
        }
    }

    // --- on the hub's thread

    /** Starts or stops, depending on whether anybody wants the events. */
    private void update() {
        boolean wanted;
        synchronized (followers) {
            wanted = !ended && (logging || !followers.isEmpty());
        }
        if (wanted && !active) {
            start();
        } else if (!wanted && active) {
            stop();
        }
    }

    private void start() {
        active = true;
        peers = new PeerWatch(silentAfter.toNanos(), new PeerFindings());
        refusals = new RefusalWatch(this::refused);
        source.addListener(listener);
        begun = false;
        int start = ++starts;
        source.status().whenComplete((status, _) -> execute(() -> begin(status, start)));
        ticking =
                thread.scheduleWithFixedDelay(
                        () -> execute(this::tick), TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    }

    private void stop() {
        active = false;
        source.removeListener(listener);
        ticking.cancel(false);
        reports.clear();
    }

    /** Takes over the state that was there before, and then the reports that came since. */
    private void begin(TunnelStatus statusOrNull, int start) {
        if (!active || start != starts) {
            return;
        }
        if (statusOrNull != null) { // otherwise the tunnel is closed, and has reported that
            refusals.begin(statusOrNull.drops());
            Instant now = Instant.now();
            recent(statusOrNull, now)
                    .forEach(
                            peer ->
                                    peers.begin(
                                            peer.publicKey(),
                                            peer.endpoint(),
                                            handshakeNs(peer, now)));
            summarized = statusOrNull;
            summarizedNs = System.nanoTime();
        }
        begun = true;
        drain();
    }

    /** Returns the connected peers, the one with the oldest handshake first. */
    private List<PeerStatus> recent(TunnelStatus status, Instant now) {
        return status.peers().stream()
                .filter(peer -> peer.lastHandshake() != null)
                .filter(peer -> peer.lastHandshake().isAfter(now.minus(silentAfter)))
                .sorted(Comparator.comparing(PeerStatus::lastHandshake))
                .toList();
    }

    /** The clock of the system may have been set back, so a handshake is never in the future. */
    private static long handshakeNs(PeerStatus peer, Instant now) {
        return System.nanoTime()
                - Math.max(0, Duration.between(peer.lastHandshake(), now).toNanos());
    }

    private void drain() {
        toldOfReports.set(false);
        if (!begun) {
            return; // begin() comes here again
        }
        for (TunnelEvent event = reports.poll(); event != null; event = reports.poll()) {
            if (active) {
                handle(event);
            }
        }
        long lost = lostReports.getAndSet(0);
        if (lost > 0 && active) {
            emit(Event.Kind.MISSED, null, null, null, lost);
            source.status().whenComplete((status, _) -> execute(() -> catchUp(status)));
        }
    }

    /** Finds the connections whose reports were lost. */
    private void catchUp(TunnelStatus statusOrNull) {
        if (statusOrNull == null || !active) {
            return;
        }
        Instant now = Instant.now();
        recent(statusOrNull, now)
                .forEach(peer -> peers.handshake(peer.publicKey(), handshakeNs(peer, now)));
    }

    private void handle(TunnelEvent event) {
        long nowNs = System.nanoTime();
        switch (event) {
            case TunnelEvent.HandshakeStarted one -> step(one, "asks for a session");
            case TunnelEvent.HandshakeUnanswered one -> {
                peers.unanswered(one.peer());
                step(one, "does not answer");
            }
            case TunnelEvent.HandshakeFailed one -> {
                step(one, "attempt given up");
                peers.failed(one.peer());
            }
            case TunnelEvent.HandshakeCompleted one -> {
                if (!peers.handshake(one.peer(), nowNs)) {
                    step(one, "session renewed");
                }
            }
            case TunnelEvent.SessionExpired one -> {
                step(one, "session expired");
                peers.expired(one.peer());
            }
            case TunnelEvent.EndpointChanged one ->
                    peers.moved(one.peer(), Endpoint.of(one.endpoint()), nowNs);
            case TunnelEvent.PeerAdded one -> emit(Event.Kind.ADDED, one.peer(), null, null, 0);
            case TunnelEvent.PeerRemoved one -> {
                peers.removed(one.peer());
                emit(Event.Kind.REMOVED, one.peer(), null, null, 0);
            }
            case TunnelEvent.AllowedIpMoved one ->
                    step(one, "has now " + one.range() + " of peer(" + one.from() + ")");
            case TunnelEvent.Closed closed -> end(closed.reason());
        }
    }

    private void step(TunnelEvent.PeerEvent step, String what) {
        if (logging) {
            EventLog.step(source.name(), step, what);
        }
    }

    private final class PeerFindings implements PeerWatch.Findings {
        @Override
        public void connected(PublicKey peer) {
            connections++;
            source.peer(peer)
                    .whenComplete(
                            (status, _) -> execute(() -> tellConnected(peer, endpoint(status))));
        }

        private Endpoint endpoint(Optional<PeerStatus> statusOrNull) {
            return statusOrNull == null
                    ? null
                    : statusOrNull.map(PeerStatus::endpoint).orElse(null);
        }

        private void tellConnected(PublicKey peer, Endpoint endpointOrNull) {
            peers.locate(peer, endpointOrNull);
            emit(Event.Kind.CONNECTED, peer, endpointOrNull, null, 0);
        }

        @Override
        public void silent(PublicKey peer, Endpoint endpointOrNull, boolean unanswered) {
            silences++;
            emit(
                    Event.Kind.SILENT,
                    peer,
                    endpointOrNull,
                    unanswered ? Event.UNANSWERED : Event.IDLE,
                    0);
        }

        @Override
        public void moved(PublicKey peer, Endpoint endpoint, long changes) {
            emit(Event.Kind.ENDPOINT, peer, endpoint, null, changes);
        }
    }

    private void refused(DropReason reason, long count) {
        emit(Event.Kind.REFUSED, null, null, reason.name().toLowerCase(Locale.ROOT), count);
    }

    private void tick() {
        if (!active) {
            return;
        }
        long nowNs = System.nanoTime();
        peers.tick(nowNs);
        ticks++;
        if (ticks % TICKS_BETWEEN_COUNTERS == 0) {
            source.dataPath()
                    .thenAccept(
                            info -> execute(() -> refusals.check(info.drops(), System.nanoTime())));
        }
        if (summaryEvery != null
                && summarized != null
                && nowNs - summarizedNs >= summaryEvery.toNanos()) {
            summarizedNs = nowNs;
            source.status().thenAccept(status -> execute(() -> summarize(status)));
        }
    }

    private void summarize(TunnelStatus now) {
        EventLog.summary(
                source.name(),
                Summary.between(
                        summarized,
                        now,
                        summaryEvery,
                        peers.connectedCount(),
                        connections,
                        silences));
        summarized = now;
        connections = 0;
        silences = 0;
    }

    private void emit(
            Event.Kind kind, PublicKey peer, Endpoint endpoint, String reason, long count) {
        if (ended) {
            return; // an answer of the tunnel that came late
        }
        Event event = new Event(Instant.now(), source.name(), kind, peer, endpoint, reason, count);
        if (logging) {
            EventLog.write(event);
        }
        List<Follower> all;
        synchronized (followers) {
            all = List.copyOf(followers);
        }
        all.forEach(follower -> follower.put(event));
    }

    private void end(TunnelEvent.CloseReason reason) {
        emit(Event.Kind.CLOSED, null, null, reason.name().toLowerCase(Locale.ROOT), 0);
        ended = true;
        update();
    }

    /** For tests: waits until the thread has done what it was told. */
    CompletableFuture<Void> idle() {
        return CompletableFuture.runAsync(() -> {}, thread);
    }
}
