// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.IoEventLoop;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceGroup;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.Peer;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.tun.TimedTun;
import org.wgj.tun.Tun;
import org.wgj.tun.TunListener;
import org.wgj.tunnel.TunnelEvent.CloseReason;
import org.wgj.tunnel.closing.Closing;
import org.wgj.tunnel.jfr.FlightLog;
import org.wgj.tunnel.jfr.FlightSource;
import org.wgj.tunnel.udp.UdpTransport;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
final class TunnelLoop implements DeviceOutput, PortUser, TunListener {
    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);

    /** Made beforehand: a program whose jars were replaced has lost what it had not loaded. */
    private static final TunnelEvent.Closed REQUESTED =
            new TunnelEvent.Closed(CloseReason.REQUESTED, null);

    /**
     * Shared by all tunnels of the process, which have one memory, and one of which may run inside
     * another.
     */
    private static final DeviceGroup GROUP = new DeviceGroup();

    private final Tun tun;
    private final TimedTun timed; // the same; null if it has no timers
    private final TunnelOptions options;
    private final TunnelEvents events;
    private final TunnelHooks hooks;
    private final LongSupplier clock;
    private final Device device;
    private final IoEventLoop loop;
    private final TunReader reader;
    private final TunWriter writer;
    private final TunnelSockets sockets;
    private final TunnelSnapshots snapshots;
    private final Wakeup wakeup;
    private final CompletableFuture<TunnelEvent.Closed> closed = new CompletableFuture<>();

    /** Completed when the TUN has reported whether it is up and, if so, the sockets are open. */
    private final CompletableFuture<Void> settled = new CompletableFuture<>();

    private boolean linkUp;
    private boolean closing;

    /** The time of the batch, timeout or change that the device works on. */
    private long nowNs;

    private volatile Thread closer;
    private final ForeignCode transportFault;

    private TunnelLoop(Tun tun, TunnelOptions options) {
        this.tun = tun;
        timed = tun instanceof TimedTun withTimers ? withTimers : null;
        this.options = options;
        transportFault = new ForeignCode(tun.name(), "the UDP transport");
        hooks = new TunnelHooks(tun.name(), options.hooks());
        device = new Device(options.random(), options.wallClock(), options.aead(), this, GROUP);
        device.setStagedPackets(options.stagedPackets());
        if (options.rekeyAfterOrNull() != null) {
            device.setRekeyAfter(options.rekeyAfterOrNull().toNanos());
        }
        hooks.install(device);
        device.reserveIndices(this::isReserved);
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
            writer = new TunWriter(tun, loop, this::gone, this::readAnswer);
            // Closed sockets may have been full, and cannot report room any more.
            sockets = new TunnelSockets(this::newTransport, this::socketsRenewed, reader::resume);
            snapshots = new TunnelSnapshots(tun, device, sockets, reader, writer, options.aead());
            events =
                    new TunnelEvents(
                            tun.name(),
                            options.listeners(),
                            options.recorded()
                                    ? new FlightLog(new Recorded())
                                    : FlightLog.nowhere());
        } catch (RuntimeException | Error e) {
            options.loops().leave(this);
            throw e;
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
                                if (options.portOrNull() != null) {
                                    options.portOrNull().join(tunnel, tunnel.loop);
                                }
                                tunnel.hooks.attach(new FilterOutlet(tunnel));
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
        events.add(listener);
    }

    void removeListener(Consumer<TunnelEvent> listener) {
        events.remove(listener);
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
        TunnelEvent.Closed event =
                reason == CloseReason.REQUESTED ? REQUESTED : new TunnelEvent.Closed(reason, cause);
        try {
            if (cause == null) {
                LOG.debug("{}: closing", name());
            } else {
                LOG.error("{}: closes because of an error", name(), cause);
            }
            settled.completeExceptionally(closedException());
            letGo();
        } finally {
            // Closing the TUN waits for its monitor, which may be about to call us: not on this
            // thread.
            closer = Thread.ofPlatform().name("wgj-close-" + name()).unstarted(() -> finish(event));
            closer.start();
        }
    }

    private void letGo() {
        Closing closing = closing();
        closing.inOrder(wakeup::close, reader::stop, sockets::down, device::wipe);
        if (options.portOrNull() != null) {
            closing.part(() -> options.portOrNull().leave(this));
        }
    }

    private void finish(TunnelEvent.Closed event) {
        try {
            closing().part(tun::close);
            tell(event);
            options.loops().leave(this);
        } finally {
            closed.complete(event); // others wait for it, whatever failed
        }
    }

    private void tell(TunnelEvent.Closed event) {
        boolean told = false;
        try {
            // Not before the loop's next round: the JDK's selector frees a port only when it
            // selects again.
            told =
                    loop.schedule(() -> events.closed(event), 1, TimeUnit.MILLISECONDS)
                            .awaitUninterruptibly()
                            .isSuccess();
        } catch (RejectedExecutionException e) {
            LOG.trace("{}: its event loop has ended", name());
        }
        if (!told) {
            closing().part(() -> events.closed(event));
        }
    }

    private Closing closing() {
        return new Closing(LOG, name());
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
        TunnelEvent.Closed event = new TunnelEvent.Closed(CloseReason.FAILED, cause);
        try {
            LOG.error("{}: closed, because its event loop has ended", name());
            settled.completeExceptionally(closedException());
            letGo();
        } finally {
            finish(event);
        }
    }

    // --- configuration

    /** Any thread; the snapshots themselves are taken on the loop. */
    TunnelSnapshots snapshots() {
        return snapshots;
    }

    /** The counters, for Flight Recorder. */
    private final class Recorded implements FlightSource {
        @Override
        public String name() {
            return TunnelLoop.this.name();
        }

        @Override
        public CompletableFuture<Counters> counters() {
            return submit(snapshots::recorded);
        }
    }

    void apply(TunnelChange change) throws IOException {
        List<TunnelEvent> changed = List.of();
        try (DeviceEditor editor = new DeviceEditor(device, sockets)) {
            change.apply(editor);
            changed = editor.commit(now());
        } finally {
            schedule();
        }
        events.changed(changed);
    }

    private UdpTransport newTransport() {
        return options.portOrNull() == null
                ? options.transports().create(loop, this)
                : options.portOrNull().transport(this);
    }

    private boolean isReserved(int index) {
        return hooks.isReserved(index)
                || options.portOrNull() != null && options.portOrNull().isTaken(index, this);
    }

    // --- for the datagram filter and a shared port

    @Override
    public boolean ownsIndex(int index) {
        return device.ownsIndex(index);
    }

    @Override
    public boolean isFor(InitiationMessage message) {
        return device.isFor(message);
    }

    @Override
    public Endpoint provenEndpointOrNull(PublicKey key) {
        Peer peer = device.peer(key);
        return peer == null ? null : peer.provenEndpointOrNull();
    }

    boolean isClosing() {
        return closing;
    }

    boolean isWritable() {
        return sockets.areWritable();
    }

    LongSupplier clock() {
        return clock;
    }

    IoEventLoop eventLoop() {
        return loop;
    }

    void runForFilter(Runnable task) {
        if (!closing) {
            hooks.run(task);
        }
    }

    @Override
    public void initiate(PublicKey key, Endpoint alsoTo) {
        Peer peer = device.peer(key);
        if (peer != null) {
            device.initiate(peer, alsoTo, now());
            schedule();
        }
    }

    // --- single packets of the program

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
            if (hooks.filterDatagrams(datagrams)) {
                device.receive(datagrams, now());
                schedule();
            }
        } catch (RuntimeException | Error e) {
            unexpected(e);
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
            transportFault.failed(e);
        }
    }

    @Override
    public void deliver(PacketBatch packets) {
        if (hooks.filterPackets(packets)) {
            writer.write(packets, nowNs);
        }
    }

    private void readAnswer() {
        if (!closing) {
            reader.read();
        }
    }

    @Override
    public void peerAdded(Peer peer) {
        events.peerAdded(peer);
    }

    @Override
    public void handshakeStarted(Peer peer) {
        events.handshakeStarted(peer);
    }

    @Override
    public void handshakeUnanswered(Peer peer) {
        events.handshakeUnanswered(peer);
    }

    @Override
    public void handshakeFailed(Peer peer) {
        events.handshakeFailed(peer);
    }

    @Override
    public void handshakeCompleted(Peer peer) {
        events.handshakeCompleted(peer, nowNs);
    }

    @Override
    public void endpointChanged(Peer peer) {
        events.endpointChanged(peer);
    }

    @Override
    public void sessionExpired(Peer peer) {
        events.sessionExpired(peer);
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
}
