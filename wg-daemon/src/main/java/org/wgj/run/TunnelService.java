// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import org.slf4j.LoggerFactory;
import org.wgj.tun.LinuxTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelLoops;
import org.wgj.uapi.UapiServer;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * An interface of the system, run by this process and configured through its socket: what a daemon
 * has one of and {@code wgj run} several.
 */
public final class TunnelService implements AutoCloseable {
    public static final int DEFAULT_MTU = 1420;

    /**
     * Renews sessions more often than after 120 s, for tests of what happens then; null where the
     * protocol's time is not changed.
     */
    static final Integer REKEY_AFTER_SECONDS = Integer.getInteger("wgj.rekeyAfterSeconds");

    private final TunnelLoops loops;
    private final Tunnel tunnel;
    private final UapiServer server;
    private final CompletableFuture<Void> ended;

    private TunnelService(
            TunnelLoops loops, Tunnel tunnel, UapiServer server, CompletableFuture<Void> ended) {
        this.loops = loops;
        this.tunnel = tunnel;
        this.server = server;
        this.ended = ended;
    }

    /** Makes the interface, still down. Its socket accepts connections when this returns. */
    public static TunnelService create(String name) throws IOException {
        return start(LinuxTun.create(name, DEFAULT_MTU), null);
    }

    /**
     * The same with an interface that there is.
     *
     * @param tun belongs to the tunnel from here on, also on failure
     * @param listeningSocket a descriptor to be configured through; null to make one
     */
    public static TunnelService start(LinuxTun tun, Integer listeningSocket) throws IOException {
        if (tun.leftUndone() != null) {
            LoggerFactory.getLogger(TunnelService.class).info("{}", tun.leftUndone());
        }
        // A loop for each interface: a busy one does not hold up another.
        TunnelLoops loops = TunnelLoops.create("wgj-" + tun.name(), 1);
        Tunnel.Builder builder = Tunnel.builder(tun).loops(loops);
        if (REKEY_AFTER_SECONDS != null) {
            builder.rekeyAfter(Duration.ofSeconds(REKEY_AFTER_SECONDS));
        }
        Tunnel tunnel;
        try {
            tunnel = builder.start();
        } catch (IOException | RuntimeException e) {
            loops.close();
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
            return new TunnelService(loops, tunnel, server, ended);
        } catch (IOException | RuntimeException e) {
            loops.close();
            throw e;
        }
    }

    public String name() {
        return tunnel.name();
    }

    Tunnel tunnel() {
        return tunnel;
    }

    /** Says how {@code wgj reload} is done. */
    void onReload(UapiServer.Reloading reloading) {
        server.onReload(reloading);
    }

    /**
     * Completed when there is no more use for it: it was closed, or a user deleted its interface or
     * its socket. It still has to be closed then.
     */
    public CompletableFuture<Void> whenEnded() {
        return ended;
    }

    /** Ends all sessions and removes socket and interface; may be called again. */
    @Override
    public void close() {
        server.close();
        loops.close();
    }
}
