// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceGroup;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.Peer;
import org.wgj.tun.Tun;
import org.wgj.tun.TunGoneException;
import org.wgj.tun.TunListener;
import org.wgj.tunnel.udp.NettyEpoll;
import org.wgj.tunnel.udp.UdpTransport;
import org.wgj.tunnel.udp.UdpTransports;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What a tunnel is made of, on one thread: the sans-IO device, the sockets and the TUN, wired
 * together on an event loop of their own. Packets run to completion: read from the TUN, sealed,
 * sent; received, opened, written to the TUN.
 *
 * <pre>
 *   TUN --TunReader--> device.send    --transmit--> UdpTransport --> network
 *   TUN <---write----- device.receive <--received-- UdpTransport <-- network
 *                      ^ handleTimeouts, when the announced deadline has come
 * </pre>
 *
 * Everything is owned by the loop's thread, but for the few methods that say otherwise.
 */
final class TunnelLoop implements DeviceOutput, UdpTransport.Receiver, TunListener {
    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);

    /** All tunnels of the process, as they have one memory, and may be one within another. */
    private static final DeviceGroup GROUP = new DeviceGroup();

    private final Tun tun;
    private final Consumer<TunnelEvent> listener;
    private final IoEventLoopGroup group;
    private final IoEventLoop loop;
    private final BootClock clock = new BootClock();
    private final Device device;
    private final TunReader reader;
    private final Alarm alarm;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    /** The TUN has told whether it is up, and if so there are sockets. */
    private final CompletableFuture<Void> settled = new CompletableFuture<>();

    private UdpTransport udp; // null while the interface is down or the port could not be had
    private boolean linkUp;
    private boolean closing;
    private int listenPort;
    private int fwmark;

    private TunnelLoop(Tun tun, Consumer<TunnelEvent> listener, Duration rekeyAfter) {
        this.tun = tun;
        this.listener = listener;
        device =
                new Device(
                        new SecureRandom(),
                        InstantSource.system(),
                        TransportAead.best(),
                        this,
                        GROUP);
        setMtu(tun.mtu());
        if (rekeyAfter != null) {
            device.setRekeyAfter(rekeyAfter.toNanos());
        }
        group =
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory("wgj-" + tun.name(), true),
                        NettyEpoll.ioHandlers());
        loop = group.next();
        alarm = new Alarm(loop, clock, this::timeout);
        reader = new TunReader(tun, loop, this::receivedFromTun, this::gone);
        group.terminationFuture().addListener(future -> died());
    }

    /**
     * Any thread. Returns when the configuration is applied and the loop runs; closes everything
     * when it cannot be.
     */
    static TunnelLoop start(
            Tun tun,
            List<TunnelChange> changes,
            Consumer<TunnelEvent> listener,
            Duration rekeyAfter)
            throws IOException {
        TunnelLoop tunnel;
        try {
            tunnel = new TunnelLoop(tun, listener, rekeyAfter);
        } catch (RuntimeException e) {
            tun.close();
            throw e;
        }
        try {
            await(
                    tunnel.submit(
                            () -> {
                                tunnel.alarm.start();
                                for (TunnelChange change : changes) {
                                    tunnel.apply(change);
                                }
                                tunnel.reader.start();
                                return null;
                            }));
            tun.start(tunnel);
            await(tunnel.settled);
        } catch (IOException | RuntimeException e) {
            tunnel.close();
            throw e;
        }
        return tunnel;
    }

    String name() {
        return tun.name();
    }

    // --- from any thread

    CompletableFuture<Void> whenClosed() {
        return closed;
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
                default -> throw e;
            }
        }
    }

    /** Does nothing the second time but wait. On the loop's own thread it does not wait. */
    void close() {
        if (loop.inEventLoop()) {
            shutDown();
            return;
        }
        try {
            loop.execute(this::shutDown);
        } catch (RejectedExecutionException e) {
            // Closed before.
        }
        closed.join();
    }

    private void shutDown() {
        if (closing) {
            return;
        }
        closing = true;
        settled.completeExceptionally(closedException());
        LOG.debug("{}: closing", name());
        letGo();
        // The TUN waits for its monitor, which may be about to tell us something: not on this
        // thread.
        Thread.ofPlatform()
                .name("wgj-close-" + name())
                .start(
                        () -> {
                            tun.close();
                            group.shutdownGracefully(0, 1, TimeUnit.SECONDS)
                                    .addListener(future -> closed.complete(null));
                        });
    }

    private void letGo() {
        alarm.close();
        reader.stop();
        closeSockets();
        device.wipe();
    }

    /**
     * The loop has ended. If nobody asked it to, an Error did, such as one of memory: then this
     * closes what is left. No other thread touches it any more.
     */
    private void died() {
        if (closing) {
            return;
        }
        closing = true;
        LOG.error("{}: closed, because of the error above", name());
        letGo();
        tun.close();
        settled.completeExceptionally(closedException());
        closed.complete(null);
    }

    // --- configuration

    TunnelStatus status() {
        return new TunnelStatus(
                name(),
                device.publicKey(),
                listenPort,
                fwmark,
                device.peers().stream().map(Peer::status).toList(),
                device.drops());
    }

    TunnelConfiguration configuration() {
        return configuration(status(), device);
    }

    static TunnelConfiguration configuration(TunnelStatus status, Device device) {
        Map<PublicKey, PresharedKey> presharedKeys = new HashMap<>();
        for (Peer peer : device.peers()) {
            PresharedKey key = peer.presharedKey();
            if (!key.isNone()) {
                presharedKeys.put(peer.publicKey(), key);
            }
        }
        return new TunnelConfiguration(status, device.privateKey(), presharedKeys);
    }

    TunnelEngine engine() {
        return new TunnelEngine(
                TransportAead.best().name(),
                TransportAead.best().workers(),
                tun.offloads(),
                udp != null && udp.offloads().gso(),
                udp != null && udp.offloads().gro(),
                device.drops());
    }

    void apply(TunnelChange change) throws IOException {
        try (DeviceEditor editor = new DeviceEditor(device, this::changeSockets)) {
            change.apply(editor);
            editor.commit(clock.nowNs());
        } finally {
            schedule();
        }
    }

    /** Makes no system call for a setting that stays as it is. */
    private void changeSockets(OptionalInt port, OptionalInt mark) throws IOException {
        int newMark = mark.orElse(fwmark);
        if (port.isPresent() && !hasPort(port.getAsInt())) {
            if (linkUp) {
                openSockets(port.getAsInt(), newMark);
            } else {
                listenPort = port.getAsInt();
            }
        } else if (newMark != fwmark && udp != null) {
            udp.mark(newMark);
        }
        if (newMark != fwmark) {
            fwmark = newMark;
            device.forgetSources();
        }
    }

    private boolean hasPort(int port) {
        return port == listenPort && (port == 0 || udp != null || !linkUp);
    }

    /** Opens the port and only then gives up the one before, which is kept when that fails. */
    private void openSockets(int port, int mark) throws IOException {
        UdpTransport opened = UdpTransports.create(loop, this);
        int bound;
        try {
            bound = opened.open(port, mark);
        } catch (IOException e) {
            opened.close();
            throw e;
        }
        closeSockets();
        udp = opened;
        listenPort = bound;
        device.forgetSources();
        if (!device.isUp()) {
            device.up(clock.nowNs());
        }
        LOG.debug(
                "{}: UDP port {}, {}; TUN offloads {}; sealed by {}, workers: {}",
                name(),
                bound,
                udp.offloads(),
                tun.offloads(),
                TransportAead.best().name(),
                TransportAead.best().workers());
    }

    private void closeSockets() {
        if (udp != null) {
            udp.close();
            udp = null;
            reader.resume(); // they may have been full, and will not tell any more when there is
            // room
        }
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
                        openSockets(listenPort, fwmark);
                    } catch (IOException e) {
                        settled.completeExceptionally(e);
                        LOG.error(
                                "{}: interface is up but carries nothing, for want of UDP port {}:"
                                        + " {}",
                                name(),
                                listenPort,
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
                    closeSockets();
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
                    "{}: its MTU is {}, and a datagram carries packets of {} bytes at most: longer"
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
                    shutDown();
                });
    }

    private void post(Runnable task) {
        try {
            loop.execute(
                    () -> {
                        if (!closing) {
                            task.run();
                        }
                    });
        } catch (RejectedExecutionException e) {
            LOG.trace("{}: closed meanwhile", name());
        }
    }

    // --- packets and time

    /** False when the sockets want no more for now. */
    private boolean receivedFromTun(PacketBatch packets) {
        device.send(packets, clock.nowNs());
        schedule();
        return udp == null || udp.isWritable();
    }

    @Override
    public void received(PacketBatch datagrams) {
        device.receive(datagrams, clock.nowNs());
        schedule();
    }

    @Override
    public void writable() {
        reader.resume();
    }

    @Override
    public void sourceGone(Endpoint endpoint) {
        // Not at once: we are being called by the device, through transmit.
        post(() -> device.forgetSource(endpoint));
    }

    /** Sees to it that the device is asked again when its deadline has come. */
    private void schedule() {
        alarm.setFor(device.nextDeadlineNs());
    }

    private void timeout() {
        device.handleTimeouts(clock.nowNs());
        schedule();
    }

    // --- the device's output

    @Override
    public void transmit(PacketBatch datagrams) {
        if (udp != null) {
            udp.send(datagrams);
        }
    }

    @Override
    public void deliver(PacketBatch packets) {
        try {
            tun.write(packets.slab(), packets.offsets(), packets.lengths(), 0, packets.count());
        } catch (TunGoneException e) {
            gone();
        } catch (IOException e) {
            LOG.debug("{}: cannot write to the interface: {}", name(), e.getMessage());
        }
    }

    @Override
    public void handshakeCompleted(Peer peer) {
        LOG.debug("{}: {}: handshake completed", name(), peer);
        tell(new TunnelEvent.HandshakeCompleted(peer.publicKey()));
    }

    @Override
    public void endpointChanged(Peer peer) {
        LOG.debug("{}: {}: endpoint is now {}", name(), peer, peer.endpoint());
        tell(new TunnelEvent.EndpointChanged(peer.publicKey(), peer.endpoint().toSocketAddress()));
    }

    @Override
    public void sessionExpired(Peer peer) {
        LOG.debug("{}: {}: session expired", name(), peer);
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

    private void tell(TunnelEvent event) {
        try {
            listener.accept(event);
        } catch (RuntimeException e) {
            LOG.error("{}: the listener failed on {}", name(), event, e);
        }
    }
}
