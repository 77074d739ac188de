// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import org.slf4j.LoggerFactory;
import org.wgj.tun.LinuxTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.uapi.UapiServer;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * An interface of the system, run by this process and configured through its socket: what a daemon
 * has one of and {@code wgj run} several.
 */
public final class ServedTunnel implements AutoCloseable {
    public static final int DEFAULT_MTU = 1420;

    /**
     * Renews sessions more often than after 120 s, for tests of what happens then; null where the
     * protocol's time is not changed.
     */
    static final Integer REKEY_AFTER_SECONDS = Integer.getInteger("wgj.rekeyAfterSeconds");

    private final Tunnel tunnel;
    private final UapiServer server;
    private final CompletableFuture<Void> ended;

    private ServedTunnel(Tunnel tunnel, UapiServer server, CompletableFuture<Void> ended) {
        this.tunnel = tunnel;
        this.server = server;
        this.ended = ended;
    }

    /** Makes the interface, still down. Its socket accepts connections when this returns. */
    public static ServedTunnel create(String name) throws IOException {
        return start(LinuxTun.create(name, DEFAULT_MTU), null);
    }

    /**
     * The same with an interface that there is.
     *
     * @param tun belongs to the tunnel from here on, also on failure
     * @param listeningSocket a descriptor to be configured through; null to make one
     */
    public static ServedTunnel start(LinuxTun tun, Integer listeningSocket) throws IOException {
        if (tun.leftUndone() != null) {
            LoggerFactory.getLogger(ServedTunnel.class).info("{}", tun.leftUndone());
        }
        Tunnel.Builder builder = Tunnel.builder(tun);
        if (REKEY_AFTER_SECONDS != null) {
            builder.rekeyAfter(Duration.ofSeconds(REKEY_AFTER_SECONDS));
        }
        Tunnel tunnel = builder.start();
        CompletableFuture<Void> ended = tunnel.whenClosed().copy();
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
            return new ServedTunnel(tunnel, server, ended);
        } catch (IOException | RuntimeException e) {
            tunnel.close();
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
        tunnel.close();
    }
}
