// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import org.wgj.crypto.PublicKey;
import org.wgj.process.ProcessEnd;
import org.wgj.protocol.PeerStatus;
import org.wgj.quick.CancellableWork;
import org.wgj.quick.Output;
import org.wgj.quick.Quick;
import org.wgj.settings.DaemonProperties;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.NameWatch;
import org.wgj.uapi.UapiServer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;

/** An interface of this process that was brought up from its file. Used by one thread. */
final class RunningInterface {
    /**
     * A session is renewed after this time (whitepaper 6.1), and its handshake may take the next
     * one.
     */
    private static final Duration REKEY_AFTER =
            DaemonProperties.rekeyAfter().orElse(Duration.ofSeconds(120));

    private static final Duration ANSWER = Duration.ofSeconds(15);

    /** The names have just been resolved, so the first check waits. */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(1);

    private final Quick quick;
    private final EndpointResolver resolver; // does not retry, because NameWatch does
    private final Output output;
    private final Duration summaryEvery; // of its events; null for no summaries
    private TunnelService served; // set while coming up
    private NameWatch names;

    private RunningInterface(
            ConfigFile file, CancellableWork work, Output output, Duration summaryEveryOrNull)
            throws IOException {
        this.output = output;
        summaryEvery = summaryEveryOrNull;
        resolver = EndpointResolver.withRetries(0, output::warn);
        quick =
                new Quick(
                        Endpoints.lookUp(file, resolver, Endpoints.areNeeded(file), output),
                        (made, _) -> start(made),
                        resolver,
                        work,
                        output);
    }

    /**
     * @param summaryEveryOrNull how often a summary of its events is logged; null for none
     * @throws UnresolvedName if a host name must be resolved first and cannot be
     * @throws IOException if the interface could not be brought up; nothing is left of it then
     */
    static RunningInterface up(
            ConfigFile file, CancellableWork work, Output output, Duration summaryEveryOrNull)
            throws IOException {
        RunningInterface one = new RunningInterface(file, work, output, summaryEveryOrNull);
        try {
            one.quick.up();
        } catch (IOException | RuntimeException e) {
            one.close();
            throw e;
        }
        one.names =
                new NameWatch(
                        file.interfaceName(),
                        one.new WatchedPeers(),
                        Endpoints.names(file.device()),
                        one.resolver,
                        FIRST_LOOK,
                        REKEY_AFTER.plus(ANSWER),
                        Thread.ofPlatform().daemon());
        return one;
    }

    /** Sets resolved endpoints and prints each, as {@code up} does. */
    private final class WatchedPeers implements NameWatch.Peers {
        @Override
        public List<PeerStatus> status() throws ExecutionException, InterruptedException {
            return served.tunnel().status().get().peers();
        }

        @Override
        public void move(
                PublicKey peer, HostPort name, InetSocketAddress address, BooleanSupplier watched)
                throws ExecutionException, InterruptedException {
            output.step("wg set %s peer %s endpoint %s".formatted(name(), peer.toBase64(), name));
            served.tunnel()
                    .configure(
                            editor -> {
                                editor.acceptMistakes(); // as wg set
                                if (watched.getAsBoolean()) {
                                    editor.peer(peer).ifPresent(one -> one.endpoint(address));
                                }
                            })
                    .get();
        }
    }

    private void start(String name) throws IOException {
        served = TunnelService.create(name);
        served.logEvents(summaryEvery);
    }

    String name() {
        return served.name();
    }

    /** The tunnel, once the interface is up. */
    Tunnel tunnel() {
        return served.tunnel();
    }

    /** Calls the action when the interface or its socket was deleted, and when it went down. */
    void whenEnded(Runnable action) {
        served.whenEnded().thenRun(action);
    }

    /** Sets the action of {@code wgj reload}. */
    void onReload(UapiServer.Reloading reloading) {
        served.onReload(reloading);
    }

    /** Applies the changes of the file; sessions continue. */
    void reload(ConfigFile file) throws IOException {
        ConfigFile resolved = Endpoints.lookUp(file, resolver, false, output);
        names.setNames(Endpoints.names(file.device())); // before the endpoints change
        quick.reload(resolved);
    }

    /** Undoes everything that {@link #up} did, and warns of what cannot be undone. */
    void down() {
        try {
            quick.down();
        } catch (IOException
                | RuntimeException e) { // the other interfaces go down too, or continue
            output.warn(name() + ": " + e.getMessage());
        } finally {
            close();
        }
    }

    private void close() {
        ProcessEnd.inOrder(
                () -> {
                    if (names != null) {
                        names.close();
                    }
                },
                () -> {
                    if (served != null) {
                        served.close();
                    }
                });
    }
}
