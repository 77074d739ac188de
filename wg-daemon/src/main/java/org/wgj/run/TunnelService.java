// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import org.slf4j.LoggerFactory;
import org.wgj.events.EventHub;
import org.wgj.process.ProcessEnd;
import org.wgj.settings.DaemonProperties;
import org.wgj.tun.LinuxTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelLoops;
import org.wgj.uapi.UapiServer;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A network interface that this process runs and that is configured through its socket. A daemon
 * has one, {@code wgj run} several.
 */
public final class TunnelService implements AutoCloseable {
    public static final int DEFAULT_MTU = 1420;

    private final TunnelLoops loops;
    private final Tunnel tunnel;
    private final EventHub events;
    private final UapiServer server;
    private final CompletableFuture<Void> ended;

    private TunnelService(
            TunnelLoops loops,
            Tunnel tunnel,
            EventHub events,
            UapiServer server,
            CompletableFuture<Void> ended) {
        this.loops = loops;
        this.tunnel = tunnel;
        this.events = events;
        this.server = server;
        this.ended = ended;
    }

    /**
     * Creates the interface, which is down at first. Its socket accepts connections when this
     * method returns.
     */
    public static TunnelService create(String name) throws IOException {
        return start(LinuxTun.create(name, DEFAULT_MTU), null);
    }

    /**
     * Runs an existing interface.
     *
     * @param tun owned by the tunnel from here on, also on failure
     * @param listeningSocket the descriptor of the configuration socket; null to create one
     */
    public static TunnelService start(LinuxTun tun, Integer listeningSocket) throws IOException {
        return start(tun, listeningSocket, builder -> {});
    }

    /**
     * Runs an existing interface with settings that its socket does not have.
     *
     * @param tun owned by the tunnel from here on, also on failure
     * @param listeningSocket the descriptor of the configuration socket; null to create one
     * @param settings called once with the tunnel's builder
     */
    public static TunnelService start(
            LinuxTun tun, Integer listeningSocket, Consumer<Tunnel.Builder> settings)
            throws IOException {
        if (tun.leftUndone() != null) {
            LoggerFactory.getLogger(TunnelService.class).info("{}", tun.leftUndone());
        }
        // Each interface has its own loop, so a busy one does not delay another.
        TunnelLoops loops = TunnelLoops.create("wgj-" + tun.name(), 1);
        Tunnel.Builder builder = Tunnel.builder(tun).loops(loops);
        Tunnel tunnel;
        try {
            DaemonProperties.rekeyAfter().ifPresent(builder::rekeyAfter);
            settings.accept(builder);
            tunnel = builder.start();
        } catch (IOException | RuntimeException e) {
            loops.close();
            tun.close();
            throw e;
        }
        CompletableFuture<Void> ended = tunnel.whenClosed().thenApply(_ -> null);
        Runnable socketRemoved = () -> ended.complete(null);
        try {
            UapiServer server =
                    listeningSocket == null
                            ? UapiServer.start(
                                    UapiServer.directory(), tunnel.name(), tunnel, socketRemoved)
                            : UapiServer.inherit(
                                    listeningSocket,
                                    UapiServer.directory(),
                                    tunnel.name(),
                                    tunnel,
                                    socketRemoved);
            EventHub events = EventHub.of(tunnel, DaemonProperties.rekeyAfter().orElse(null));
            server.onEvents(events);
            return new TunnelService(loops, tunnel, events, server, ended);
        } catch (IOException | RuntimeException e) {
            tunnel.close();
            loops.close();
            throw e;
        }
    }

    public String name() {
        return tunnel.name();
    }

    /** Returns the tunnel, which the service closes. */
    public Tunnel tunnel() {
        return tunnel;
    }

    /** Sets the action of {@code wgj reload}. */
    void onReload(UapiServer.Reloading reloading) {
        server.onReload(reloading);
    }

    /**
     * Logs what happens to the peers, if the level of the log is low enough.
     *
     * @param summaryEveryOrNull how often a summary is logged; null for none
     */
    public void logEvents(Duration summaryEveryOrNull) {
        events.log(summaryEveryOrNull);
    }

    /**
     * Completes when the service is of no more use: it was closed, or a user deleted its interface
     * or socket. It must still be closed then.
     */
    public CompletableFuture<Void> whenEnded() {
        return ended;
    }

    /** Ends all sessions and removes the socket and the interface. May be called again. */
    @Override
    public void close() {
        ProcessEnd.inOrder(
                events::close, // first, so that its followers learn of the end
                server::close,
                tunnel::close, // on a shared port it is on other loops
                loops::close);
    }
}
