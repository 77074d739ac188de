// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.PeerStatus;
import org.wgj.quick.CancellableWork;
import org.wgj.quick.Output;
import org.wgj.quick.Quick;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.NameWatch;
import org.wgj.uapi.UapiServer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;

/** One interface of this process, brought up from its file. Used by one thread. */
final class RunningInterface {
    /** A handshake is renewed after so long (whitepaper 6.1), and an answer waited for so long. */
    private static final int REKEY_AFTER_SECONDS =
            Objects.requireNonNullElse(TunnelService.REKEY_AFTER_SECONDS, 120);

    private static final int ANSWER_SECONDS = 15;

    /** The names were looked up a moment ago. */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(1);

    private final Quick quick;
    private final EndpointResolver resolver; // asks once: NameWatch asks again
    private final Output output;
    private TunnelService served; // set while coming up
    private NameWatch names;

    private RunningInterface(ConfigFile file, CancellableWork work, Output output)
            throws IOException {
        this.output = output;
        resolver = EndpointResolver.withRetries(0, output::warn);
        quick =
                new Quick(
                        Endpoints.lookUp(file, resolver, Endpoints.areNeeded(file), output),
                        this::start,
                        resolver,
                        work,
                        output);
    }

    /**
     * @throws UnresolvedName if it would keep the name of an endpoint from being looked up
     * @throws IOException when it could not be brought up; nothing is left of it then
     */
    static RunningInterface up(ConfigFile file, CancellableWork work, Output output)
            throws IOException {
        RunningInterface one = new RunningInterface(file, work, output);
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
                        Duration.ofSeconds(REKEY_AFTER_SECONDS + ANSWER_SECONDS),
                        Thread.ofPlatform().daemon());
        return one;
    }

    /** Tells the user of each name that was resolved, as {@code up} does. */
    private final class WatchedPeers implements NameWatch.Peers {
        @Override
        public List<PeerStatus> status() throws ExecutionException, InterruptedException {
            return served.tunnel().status().get().peers();
        }

        @Override
        public void move(PublicKey peer, HostPort name, InetSocketAddress address)
                throws ExecutionException, InterruptedException {
            output.step("wg set %s peer %s endpoint %s".formatted(name(), peer.toBase64(), name));
            served.tunnel()
                    .configure(editor -> editor.peer(peer).ifPresent(one -> one.endpoint(address)))
                    .get();
        }
    }

    private void start(String name) throws IOException {
        served = TunnelService.create(name);
    }

    String name() {
        return served.name();
    }

    /** Calls it when somebody else deleted the interface or its socket, and when it went down. */
    void whenEnded(Runnable action) {
        served.whenEnded().thenRun(action);
    }

    /** Says how {@code wgj reload} is done. */
    void onReload(UapiServer.Reloading reloading) {
        served.onReload(reloading);
    }

    /** Applies what changed in the file; sessions go on. */
    void reload(ConfigFile file) throws IOException {
        quick.reload(Endpoints.lookUp(file, resolver, false, output));
        names.setNames(Endpoints.names(file.device()));
    }

    /** Undoes all that {@link #up} did; what cannot be undone is told and left. */
    void down() {
        try {
            quick.down();
        } catch (IOException | RuntimeException e) { // others go down too, or go on
            output.warn(name() + ": " + e.getMessage());
        }
        close();
    }

    private void close() {
        if (names != null) {
            names.close();
        }
        if (served != null) {
            served.close();
        }
    }
}
