// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.IoEventLoop;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.PeerStatus;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceGroup;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.Peer;
import org.wgj.tun.TimedTun;
import org.wgj.tun.Tun;
import org.wgj.tun.TunGoneException;
import org.wgj.tun.TunListener;
import org.wgj.tunnel.TunnelEvent.CloseReason;
import org.wgj.tunnel.jfr.FlightLog;
import org.wgj.tunnel.jfr.FlightSource;
import org.wgj.tunnel.udp.UdpOffloads;
import org.wgj.tunnel.udp.UdpTransport;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;

/**
 * A tunnel's parts on one thread: the sans-IO device, the sockets and the TUN, wired together on an
 * event loop, which other tunnels may share. Packets run to completion: read from the TUN, sealed,
 * sent; received, opened, written to the TUN.
 *
 * <pre>
 *   TUN --TunReader--> device.send    --transmit--> UdpTransport --> network
 *   TUN <---write----- device.receive <--received-- UdpTransport <-- network
 *                      ^ handleTimeouts, when the announced deadline has come
 * </pre>
 *
 * Everything is owned by the loop's thread, except the few methods that say otherwise.
 */
final class TunnelLoop implements DeviceOutput, UdpTransport.Receiver, TunListener {
    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);

    /** Of what listeners learn too: a program that logs it itself can switch this logger off. */
    private static final Logger EVENTS = LoggerFactory.getLogger(TunnelEvent.class);

    /**
     * Shared by all tunnels of the process, which have one memory, and one of which may run inside
     * another.
     */
    private static final DeviceGroup GROUP = new DeviceGroup();

    private final Tun tun;
    private final TimedTun timed; // the same; null if it has no timers
    private final TunnelOptions options;
    private final List<Consumer<TunnelEvent>> listeners;
    private final FlightLog flight;
    private final LongSupplier clock;
    private final Device device;
    private final DatagramFilter filterOrNull;
    private final PacketFilter packetFilterOrNull;
    private final IoEventLoop loop;
    private final TunReader reader;
    private final TunnelSockets sockets;
    private final Wakeup wakeup;
    private final CompletableFuture<TunnelEvent.Closed> closed = new CompletableFuture<>();

    /** Completed when the TUN has reported whether it is up and, if so, the sockets are open. */
    private final CompletableFuture<Void> settled = new CompletableFuture<>();

    private boolean linkUp;
    private boolean closing;

    // Packets, except the last: calls.
    private long tunWritten;
    private long tunRefused;
    private long tunErrors;

    /** The time of the batch, timeout or change that the device works on. */
    private long nowNs;

    /** Reads what a {@link TimedTun} has to say to what was delivered to it. */
    private final Runnable answer = this::readAnswer;

    private boolean answerPosted;
    private volatile Thread closer;

    // Faults that may come with every packet are logged once.
    private boolean toldWriteFault;
    private boolean toldSendFault;
    private boolean toldFilterFault;
    private boolean toldPacketFilterFault;
    private boolean toldInitiationFault;
    private boolean toldIndexFault;

    private TunnelLoop(Tun tun, TunnelOptions options) {
        this.tun = tun;
        timed = tun instanceof TimedTun withTimers ? withTimers : null;
        this.options = options;
        listeners = new CopyOnWriteArrayList<>(options.listeners());
        filterOrNull = options.hooks().datagramsOrNull();
        packetFilterOrNull = options.hooks().packetsOrNull();
        device = new Device(options.random(), options.wallClock(), options.aead(), this, GROUP);
        if (options.rekeyAfterOrNull() != null) {
            device.setRekeyAfter(options.rekeyAfterOrNull().toNanos());
        }
        hook(options.hooks());
        loop = options.loops().join(this);
        try {
            setMtu(tun.mtu());
            if (options.clockOrNull() == null) {
                BootClock bootClock = new BootClock();
                clock = bootClock::nowNs;
                wakeup = new Alarm(loop, bootClock, this::timeout);
            } else {
                clock = options.clockOrNull();
                wakeup = new PolledWakeup(loop, clock, this::timeout);
            }
            reader =
                    new TunReader(
                            tun,
                            loop,
                            clock,
                            this::receivedFromTun,
                            this::schedule,
                            this::gone,
                            this::failed);
            // Closed sockets may have been full, and cannot report room any more.
            sockets =
                    new TunnelSockets(
                            () -> options.transports().create(loop, this),
                            this::socketsRenewed,
                            reader::resume);
            flight = new FlightLog(new Recorded());
        } catch (RuntimeException | Error e) {
            options.loops().leave(this);
            throw e;
        }
    }

    private void hook(TunnelOptions.Hooks hooks) {
        InitiationHandler unknown = hooks.unknownOrNull();
        if (unknown != null) {
            device.setUnknownInitiators(
                    (claimed, message, source, now) ->
                            initiation(unknown, claimed, message, source, now));
        }
        IntPredicate reserved = hooks.reservedOrNull();
        if (reserved != null) {
            device.reserveIndices(index -> isReserved(reserved, index));
        }
    }

    private boolean initiation(
            InitiationHandler handler,
            PublicKey claimed,
            byte[] message,
            Endpoint source,
            long atNs) {
        try {
            return handler.initiation(claimed, message, source, atNs);
        } catch (RuntimeException | Error e) {
            logForeign(toldInitiationFault, "the handler of unknown initiators", e);
            toldInitiationFault = true;
            return false;
        }
    }

    private boolean isReserved(IntPredicate reserved, int index) {
        try {
            return reserved.test(index);
        } catch (RuntimeException | Error e) {
            logForeign(toldIndexFault, "the predicate of reserved indices", e);
            toldIndexFault = true;
            return false;
        }
    }

    private void attachFilter() {
        if (filterOrNull != null) {
            filterOrNull.attached(new Outlet());
        }
    }

    /** What the datagram filter may use of the tunnel. */
    private final class Outlet implements DatagramOutlet {
        @Override
        public void send(PacketBatch datagrams) {
            if (!closing && datagrams.count() > 0) {
                transmit(datagrams);
            }
        }

        @Override
        public boolean isWritable() {
            return sockets.areWritable();
        }

        @Override
        public long nowNs() {
            return clock.getAsLong();
        }

        @Override
        public boolean ownsIndex(int index) {
            return device.ownsIndex(index);
        }

        @Override
        public Endpoint provenEndpointOrNull(PublicKey key) {
            Peer peer = device.peer(key);
            return peer == null ? null : peer.provenEndpointOrNull();
        }

        @Override
        public void initiate(PublicKey key, Endpoint alsoTo) {
            // Not at once: the device may be calling, through a listener or a handler.
            schedule(() -> initiateFor(key, alsoTo), 0);
        }

        @Override
        public void schedule(Runnable task, long delayNs) {
            try {
                loop.schedule(() -> runForFilter(task), delayNs, TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                LOG.trace("{}: closed meanwhile", name());
            }
        }
    }

    private void initiateFor(PublicKey key, Endpoint alsoTo) {
        Peer peer = device.peer(key);
        if (peer != null) {
            device.initiate(peer, alsoTo, now());
            TunnelLoop.this.schedule();
        }
    }

    private void runForFilter(Runnable task) {
        if (closing) {
            return;
        }
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            logForeign(toldFilterFault, "a task of the datagram filter", e);
            toldFilterFault = true;
        }
    }

    /**
     * Any thread. Returns when the configuration is applied and the tunnel runs; closes everything
     * if that fails.
     */
    static TunnelLoop start(Tun tun, List<TunnelChange> changes, TunnelOptions options)
            throws IOException {
        TunnelLoop tunnel;
        try {
            tunnel = new TunnelLoop(tun, options);
        } catch (RuntimeException | Error e) {
            tun.close();
            throw e;
        }
        try {
            await(
                    tunnel.submit(
                            () -> {
                                tunnel.wakeup.start();
                                tunnel.attachFilter();
                                for (TunnelChange change : changes) {
                                    tunnel.apply(change);
                                }
                                tunnel.reader.start();
                                return null;
                            }));
            tun.start(tunnel);
            await(tunnel.settled);
        } catch (IOException | RuntimeException | Error e) {
            tunnel.close();
            throw e;
        }
        return tunnel;
    }

    String name() {
        return tun.name();
    }

    // --- from any thread

    /** Returns a copy, so that a caller who completes it changes nothing here. */
    CompletableFuture<TunnelEvent.Closed> whenClosed() {
        return closed.copy();
    }

    void addListener(Consumer<TunnelEvent> listener) {
        listeners.add(listener);
    }

    void removeListener(Consumer<TunnelEvent> listener) {
        listeners.remove(listener);
    }

    /** Runs the task on the loop. */
    <T> CompletableFuture<T> submit(Callable<T> task) {
        return submit(task, result -> {});
    }

    /**
     * Runs the task on the loop.
     *
     * @param discard takes a result that came after the future was cancelled
     */
    <T> CompletableFuture<T> submit(Callable<T> task, Consumer<T> discard) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            loop.execute(
                    () -> {
                        if (closing) {
                            result.completeExceptionally(closedException());
                            return;
                        }
                        try {
                            T value = task.call();
                            if (!result.complete(value)) {
                                discard.accept(value);
                            }
                        } catch (Throwable e) {
                            result.completeExceptionally(e);
                        }
                    });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(closedException());
        }
        return result;
    }

    private IllegalStateException closedException() {
        return new IllegalStateException("tunnel " + name() + " is closed");
    }

    private static void await(CompletableFuture<?> future) throws IOException {
        try {
            future.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                default -> throw e;
            }
        }
    }

    /** Waits until the tunnel is closed, except on the loop's thread and in a listener. */
    void close() {
        if (Thread.currentThread() == closer) {
            return;
        }
        if (loop.inEventLoop()) {
            shutDown(CloseReason.REQUESTED, null);
            return;
        }
        try {
            loop.execute(() -> shutDown(CloseReason.REQUESTED, null));
        } catch (RejectedExecutionException e) {
            // The loop has ended, and the tunnel with it.
        }
        closed.join();
    }

    /** Closes the tunnel because something failed that it needs. */
    private void failed(Throwable cause) {
        shutDown(CloseReason.FAILED, cause);
    }

    private void shutDown(CloseReason reason, Throwable cause) {
        if (closing) {
            return;
        }
        closing = true;
        if (cause == null) {
            LOG.debug("{}: closing", name());
        } else {
            LOG.error("{}: closes because of an error", name(), cause);
        }
        settled.completeExceptionally(closedException());
        letGo();
        // Closing the TUN waits for its monitor, which may be about to call us: not on this thread.
        closer =
                Thread.ofPlatform()
                        .name("wgj-close-" + name())
                        .unstarted(() -> finish(new TunnelEvent.Closed(reason, cause)));
        closer.start();
    }

    private void letGo() {
        quietly(wakeup::close);
        quietly(reader::stop);
        quietly(sockets::down);
        quietly(device::wipe);
    }

    private void finish(TunnelEvent.Closed event) {
        quietly(tun::close);
        boolean told = false;
        try {
            // Not before the loop's next round: the JDK's selector frees a port only when it
            // selects again.
            told =
                    loop.schedule(() -> tell(event), 1, TimeUnit.MILLISECONDS)
                            .awaitUninterruptibly()
                            .isSuccess();
        } catch (RejectedExecutionException e) {
            LOG.trace("{}: its event loop has ended", name());
        }
        if (!told) {
            tell(event);
        }
        options.loops().leave(this);
        closed.complete(event);
    }

    /** Closes one part; a failure must not keep the others from being closed. */
    private void quietly(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.error("{}: failed while closing", name(), e);
        }
    }

    /**
     * Closes what is left, because the loop has ended while the tunnel was on it: an Error ended
     * its thread. No other thread touches the tunnel any more.
     */
    void died() {
        if (closing) {
            return;
        }
        closing = true;
        closer = Thread.currentThread();
        Error cause = new InternalError("the event loop of tunnel " + name() + " has ended");
        LOG.error("{}: closed, because its event loop has ended", name());
        letGo();
        settled.completeExceptionally(closedException());
        finish(new TunnelEvent.Closed(CloseReason.FAILED, cause));
    }

    // --- configuration

    TunnelStatus status() {
        return new TunnelStatus(
                name(),
                device.publicKey(),
                sockets.port(),
                sockets.mark(),
                device.peers().stream().map(Peer::status).toList(),
                device.drops(),
                sockets.counters(),
                counters());
    }

    /** The counters, for Flight Recorder. */
    private final class Recorded implements FlightSource {
        @Override
        public String name() {
            return TunnelLoop.this.name();
        }

        @Override
        public CompletableFuture<Counters> counters() {
            return submit(
                    () -> {
                        TunCounters packets = TunnelLoop.this.counters().tun();
                        return new Counters(
                                device.drops(),
                                sockets.counters(),
                                packets.read(),
                                packets.written());
                    });
        }
    }

    Optional<PeerStatus> peer(PublicKey key) {
        return Optional.ofNullable(device.peer(key)).map(Peer::status);
    }

    StatusWithKeys statusWithKeys() {
        return statusWithKeys(status(), device);
    }

    static StatusWithKeys statusWithKeys(TunnelStatus status, Device device) {
        Map<PublicKey, PresharedKey> presharedKeys = new HashMap<>();
        for (Peer peer : device.peers()) {
            PresharedKey key = peer.presharedKey();
            if (!key.isNone()) {
                presharedKeys.put(peer.publicKey(), key);
            }
        }
        return new StatusWithKeys(status, device.privateKey(), presharedKeys);
    }

    private TunnelCounters counters() {
        return new TunnelCounters(
                device.handshakes(),
                new TunCounters(reader.packets(), tunWritten, tunRefused, tunErrors),
                device.stagedBytes(),
                sockets.queuedBytes());
    }

    DataPathInfo dataPath(Duration loopDelay) {
        UdpOffloads udp = sockets.offloadsOrNull();
        return new DataPathInfo(
                options.aead().name(),
                options.aead().workers(),
                tun.offloads(),
                udp != null && udp.gso(),
                udp != null && udp.gro(),
                device.drops(),
                sockets.counters(),
                counters(),
                loopDelay);
    }

    void apply(TunnelChange change) throws IOException {
        List<TunnelEvent> events = List.of();
        try (DeviceEditor editor = new DeviceEditor(device, sockets)) {
            change.apply(editor);
            events = editor.commit(now());
        } finally {
            schedule();
        }
        events.forEach(this::tell);
    }

    /** Sends one packet in the session with a peer; returns false if it cannot be sent. */
    boolean sendVia(PublicKey key, byte[] packet, Endpoint viaOrNull) {
        Peer peer = device.peer(key);
        boolean sent = peer != null && device.sendVia(peer, packet, viaOrNull, now());
        schedule();
        return sent;
    }

    /** Sends a datagram as it is; returns false if the sockets are closed. */
    boolean sendRaw(byte[] datagram, Endpoint to) {
        if (!sockets.areOpen()) {
            return false;
        }
        PacketBatch batch = new PacketBatch(datagram.length, 1);
        MemorySegment.copy(datagram, 0, batch.slab(), ValueLayout.JAVA_BYTE, 0, datagram.length);
        batch.add(0, datagram.length, (byte) 0, to);
        transmit(batch);
        return true;
    }

    private void socketsRenewed() {
        device.forgetSources();
        if (!sockets.areOpen()) {
            return;
        }
        if (!device.isUp()) {
            device.up(now());
        }
        LOG.debug(
                "{}: UDP port {}, {}; TUN offloads {}; sealed by {}, workers: {}",
                name(),
                sockets.port(),
                sockets.offloadsOrNull(),
                tun.offloads(),
                options.aead().name(),
                options.aead().workers());
    }

    // --- the TUN's events, from its thread

    @Override
    public void up() {
        post(
                () -> {
                    if (linkUp) {
                        return;
                    }
                    linkUp = true;
                    LOG.debug("{}: interface up", name());
                    try {
                        sockets.up();
                    } catch (IOException | RuntimeException e) {
                        settled.completeExceptionally(e);
                        LOG.error(
                                "{}: the interface is up but carries nothing, because UDP port {}"
                                        + " cannot be used: {}",
                                name(),
                                sockets.port(),
                                e.getMessage());
                    }
                    settled.complete(null);
                    schedule();
                });
    }

    @Override
    public void down() {
        post(
                () -> {
                    if (linkUp) {
                        LOG.debug("{}: interface down", name());
                    }
                    linkUp = false;
                    device.down();
                    sockets.down();
                    settled.complete(null);
                    schedule();
                });
    }

    @Override
    public void mtuChanged(int mtu) {
        post(() -> setMtu(mtu));
    }

    private void setMtu(int mtu) {
        if (mtu > Device.MAX_MTU) {
            LOG.error(
                    "{}: its MTU is {}, but a datagram carries packets of at most {} bytes; longer"
                            + " ones are refused",
                    name(),
                    mtu,
                    Device.MAX_MTU);
        }
        device.setMtu(mtu);
    }

    @Override
    public void readable() {
        post(reader::read);
    }

    @Override
    public void gone() {
        post(
                () -> {
                    LOG.info("{}: interface was deleted", name());
                    shutDown(CloseReason.INTERFACE_DELETED, null);
                });
    }

    private void post(Runnable task) {
        try {
            loop.execute(
                    () -> {
                        if (!closing) {
                            guard(task);
                        }
                    });
        } catch (RejectedExecutionException e) {
            LOG.trace("{}: closed meanwhile", name());
        }
    }

    /**
     * Keeps a task's exceptions from the event loop, which other tunnels share: an exception would
     * make Netty pause for a second, and an error would end the thread.
     */
    private void guard(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            unexpected(e);
        }
    }

    /**
     * Deals with a fault of our own. The tunnel survives an exception, which is logged, and closes
     * after an error.
     */
    private void unexpected(Throwable e) {
        if (e instanceof Error) {
            failed(e);
        } else {
            LOG.error("{}: unexpected exception", name(), e);
        }
    }

    // --- packets and time

    /** Returns false if the sockets want no more for now. */
    private boolean receivedFromTun(PacketBatch packets) {
        try {
            device.send(packets, now());
            schedule();
            return sockets.areWritable();
        } catch (RuntimeException | Error e) {
            unexpected(e);
        }
        return true;
    }

    @Override
    public void received(PacketBatch datagrams) {
        if (closing) {
            return; // the transport may end later than the tunnel
        }
        try {
            if (filterOrNull == null || filtered(datagrams)) {
                device.receive(datagrams, now());
                schedule();
            }
        } catch (RuntimeException | Error e) {
            unexpected(e);
        }
    }

    /** Returns false if the filter left nothing of the batch. */
    private boolean filtered(PacketBatch datagrams) {
        try {
            filterOrNull.filter(datagrams);
            return datagrams.count() > 0;
        } catch (RuntimeException | Error e) {
            logForeign(toldFilterFault, "the datagram filter", e);
            toldFilterFault = true;
            return false;
        }
    }

    private boolean packetsFiltered(PacketBatch packets) {
        try {
            packetFilterOrNull.filter(packets);
            return packets.count() > 0;
        } catch (RuntimeException | Error e) {
            logForeign(toldPacketFilterFault, "the packet filter", e);
            toldPacketFilterFault = true;
            return false;
        }
    }

    @Override
    public void writable() {
        guard(reader::resume);
    }

    @Override
    public void sourceGone(Endpoint endpoint) {
        // Not at once: the device is calling, through transmit.
        post(() -> device.forgetSource(endpoint));
    }

    /** Reads the clock. */
    private long now() {
        nowNs = clock.getAsLong();
        return nowNs;
    }

    /** Makes the alarm ask the device and a TUN with timers again at their deadlines. */
    private void schedule() {
        long deadlineNs = device.nextDeadlineNs();
        // A deadline that has passed stays until the reader goes on, which comes here again.
        if (timed != null && !reader.isPaused()) {
            deadlineNs = Math.min(deadlineNs, timed.nextDeadlineNs());
        }
        wakeup.setFor(deadlineNs);
    }

    private void timeout() {
        try {
            device.handleTimeouts(now());
            if (timed != null && timed.nextDeadlineNs() <= nowNs) {
                reader.read();
            }
            schedule();
        } catch (RuntimeException | Error e) {
            unexpected(e);
        }
    }

    // --- the device's output

    @Override
    public void transmit(PacketBatch datagrams) {
        try {
            sockets.send(datagrams);
        } catch (RuntimeException | Error e) {
            logForeign(toldSendFault, "the UDP transport", e);
            toldSendFault = true;
        }
    }

    @Override
    public void deliver(PacketBatch packets) {
        int taken = 0;
        try {
            if (timed != null) {
                timed.advance(nowNs);
            }
            if (packetFilterOrNull != null && !packetsFiltered(packets)) {
                return;
            }
            taken =
                    tun.write(
                            packets.slab(),
                            packets.offsets(),
                            packets.lengths(),
                            0,
                            packets.count());
            if (timed != null && timed.holdsBack()) {
                postAnswer();
            }
        } catch (TunGoneException e) {
            gone();
        } catch (IOException e) {
            tunErrors++;
            LOG.debug("{}: cannot write to the interface: {}", name(), e.getMessage());
        } catch (RuntimeException | Error e) {
            tunErrors++;
            logForeign(toldWriteFault, "the interface", e);
            toldWriteFault = true;
        }
        tunWritten += taken;
        tunRefused += packets.count() - taken;
    }

    /** Not at once: the device is calling, and further batches may have come. */
    private void postAnswer() {
        if (!answerPosted) {
            answerPosted = true;
            loop.execute(answer);
        }
    }

    private void readAnswer() {
        answerPosted = false;
        if (!closing) {
            reader.read();
        }
    }

    /** Logs an exception of foreign code: the first one as an error, the others for debugging. */
    private void logForeign(boolean again, String what, Throwable e) {
        if (again) {
            LOG.debug("{}: {} failed again", name(), what, e);
        } else {
            LOG.error("{}: {} failed, and packets were lost", name(), what, e);
        }
    }

    @Override
    public void handshakeStarted(Peer peer) {
        EVENTS.debug("{}: {}: asks for a session", name(), peer);
        tell(new TunnelEvent.HandshakeStarted(peer.publicKey()));
    }

    @Override
    public void handshakeUnanswered(Peer peer) {
        EVENTS.debug("{}: {}: does not answer at {}", name(), peer, peer.endpoint());
        tell(new TunnelEvent.HandshakeUnanswered(peer.publicKey()));
    }

    @Override
    public void handshakeFailed(Peer peer) {
        EVENTS.debug("{}: {}: did not answer, attempt given up", name(), peer);
        tell(new TunnelEvent.HandshakeFailed(peer.publicKey()));
    }

    @Override
    public void handshakeCompleted(Peer peer) {
        EVENTS.debug("{}: {}: handshake completed", name(), peer);
        tell(new TunnelEvent.HandshakeCompleted(peer.publicKey()));
    }

    @Override
    public void endpointChanged(Peer peer) {
        EVENTS.debug("{}: {}: endpoint is now {}", name(), peer, peer.endpoint());
        tell(new TunnelEvent.EndpointChanged(peer.publicKey(), peer.endpoint().toSocketAddress()));
    }

    @Override
    public void sessionExpired(Peer peer) {
        EVENTS.debug("{}: {}: session expired", name(), peer);
        tell(new TunnelEvent.SessionExpired(peer.publicKey()));
    }

    @Override
    public void looped(Peer peer) {
        LOG.error(
                "{}: {}: its endpoint {} is routed into the tunnel itself, so what is sent to it"
                    + " comes back and is dropped: give that address a route outside of {} (ip"
                    + " route add ADDRESS via GATEWAY), or set FwMark and a rule that leads marked"
                    + " packets past the tunnel",
                name(),
                peer,
                peer.endpoint(),
                name());
    }

    private void record(TunnelEvent event) {
        switch (event) {
            case TunnelEvent.HandshakeCompleted one -> flight.completed(one.peer(), nowNs);
            case TunnelEvent.HandshakeFailed one -> flight.failed(one.peer());
            case TunnelEvent.PeerRemoved one -> flight.removed(one.peer());
            case TunnelEvent.Closed _ -> flight.close();
            default -> {}
        }
    }

    /**
     * Reports an event to all listeners. What one throws affects neither the others nor the tunnel.
     */
    private void tell(TunnelEvent event) {
        record(event);
        for (Consumer<TunnelEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException | Error e) {
                LOG.error("{}: a listener failed on {}", name(), event, e);
            }
        }
    }
}
