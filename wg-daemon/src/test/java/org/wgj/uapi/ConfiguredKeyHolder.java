// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.request.SetRequests;
import org.wgj.secrets.Searched;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.EndpointResolver;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/**
 * Runs a tunnel with its configuration socket for {@link ConfiguredKeyRemainsTest}, which is
 * another process. That process configures it first; then this process configures it from a file
 * through the socket, as {@code wgj up} does.
 */
final class ConfiguredKeyHolder {
    private ConfiguredKeyHolder() {}

    /**
     * @param arguments a configuration file
     */
    public static void main(String[] arguments) throws IOException {
        MemoryTun tun = new MemoryTun("wg0", 1420);
        try (Tunnel tunnel = Tunnel.builder(tun).start();
                UapiServer _ = UapiServer.start(UapiServer.directory(), "wg0", tunnel, () -> {})) {
            Searched.pause("serving");
            UapiClient client = UapiClient.of("wg0");
            ConfigFile file = ConfigFile.read(arguments[0]);
            List<SetCommand> commands =
                    SetRequests.setconf(file.device(), EndpointResolver.system(line -> {}));
            client.set(commands);
            file.device().wipe();
            client.get();
            client.statusWithKeys().wipe();
            askAndGoAway(tunnel);
            Searched.pause("configured");
        }
        Searched.pause("closed");
    }

    /** Asks twice for the keys and closes the connection before the answer comes. */
    private static void askAndGoAway(Tunnel tunnel) throws IOException {
        CountDownLatch gone = new CountDownLatch(1);
        CompletableFuture<Void> busy = tunnel.configure(_ -> await(gone));
        tunnel.statusWithKeys().cancel(false);
        try (RawClient client = new RawClient(UapiServer.directory().resolve("wg0.sock"))) {
            client.send("get=1\n\n");
        }
        gone.countDown();
        busy.join();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
