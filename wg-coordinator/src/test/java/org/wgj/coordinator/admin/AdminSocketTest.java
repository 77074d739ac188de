// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.mesh.status.SocketLimit;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;

class AdminSocketTest {
    @TempDir private Path folder;

    /** Of a process that is stopped the kernel still takes connections. */
    @Test
    void aCoordinatorThatSaysNothingIsNotWaitedForForEver() throws IOException {
        Path socket = folder.resolve("coordinator.sock");
        try (ServerSocketChannel _ =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(socket))) {
            AdminSocket calls = new AdminSocket(socket, new SocketLimit(Duration.ofSeconds(1)));
            IOException e =
                    assertThrows(
                            IOException.class,
                            () -> calls.call("POST", "/tokens", new JsonObject()));
            assertEquals(
                    socket
                            + ": the coordinator has not answered within 1 s: does its process"
                            + " hang?",
                    e.getMessage());
        }
    }
}
