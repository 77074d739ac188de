// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.claim.TunnelClaim;
import org.wgj.events.EventHub;
import org.wgj.process.ProcessEnd;
import org.wgj.quick.Output;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.config.FileErrors;
import org.wgj.uapi.UapiServer;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A tunnel of this process with the proxies and forwards of its file, and a configuration socket
 * for {@code wg} and {@code wgj show}. It has no network interface. Used by one thread.
 */
final class UserspaceInterface implements AutoCloseable {
    /** What a user without root can do; bin/wgj makes the folder of the sockets there. */
    private static final String WITHOUT_FOLDER =
            "; without root, set XDG_RUNTIME_DIR to a folder of your own";

    private final String name;
    private final Tunnel tunnel;
    private final ProxyProcess process;
    private final EventHub events;
    private UapiServer server; // null if its socket could not be made

    private UserspaceInterface(String name, Tunnel tunnel, ProxyProcess process) {
        this.name = name;
        this.tunnel = tunnel;
        this.process = process;
        events = EventHub.of(tunnel, null);
    }

    /**
     * Starts the tunnel and everything that its file asks for. Without a place for the socket the
     * tunnel runs all the same, with a warning.
     *
     * @param name of the socket and in messages
     * @param config its keys are needed only until this returns
     * @param socketRemoved called once, from any thread, when a user deletes the socket
     * @param summaryEveryOrNull how often a summary of its events is logged; null for none
     * @param environment tells where processes of this user find each other
     * @throws IOException if another process has the tunnel, the tunnel does not start or an
     *     address cannot be bound; nothing runs then
     */
    static UserspaceInterface start(
            String name,
            ProxyConfig config,
            Runnable socketRemoved,
            UapiServer.Reloading reloading,
            Duration summaryEveryOrNull,
            Output output,
            Map<String, String> environment)
            throws IOException {
        Claims.interfaceInUse(config).ifPresent(output::warn);
        TunnelClaim claim = Claims.take(config, "wgj run --userspace", environment);
        NetstackTunnel net = NetstackTunnel.open(name, config, claim);
        Tunnel tunnel = net.net().tunnel();
        UserspaceInterface one =
                new UserspaceInterface(name, tunnel, ProxyProcess.start(net, config, null, claim));
        one.events.log(summaryEveryOrNull);
        try {
            one.server = UapiServer.start(UapiServer.directory(), name, tunnel, socketRemoved);
            one.server.onReload(reloading);
            one.server.onEvents(one.events);
        } catch (IOException e) {
            output.warn(
                    name
                            + " has no configuration socket, so that \"wgj show\" does not see it: "
                            + FileErrors.text(e)
                            + WITHOUT_FOLDER);
        }
        return one;
    }

    String name() {
        return name;
    }

    Tunnel tunnel() {
        return tunnel;
    }

    /** Returns what listens where, a line each. */
    List<String> describe() {
        return process.describe();
    }

    /** Follows a changed file; returns what could not be done. */
    List<String> reload(ProxyConfig changed) {
        return process.reload(changed);
    }

    /** Ends all connections, the tunnel and the socket. */
    @Override
    public void close() {
        ProcessEnd.inOrder(
                events::close, // first, so that its followers learn of the end
                () -> {
                    if (server != null) {
                        server.close();
                    }
                },
                process::close);
    }
}
