// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.tunnel.Configurable;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.MemoryDevice;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelChange;
import org.wgj.tunnel.TunnelStatus;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Tests a session without a socket, on the thread of the test. */
class UapiSessionTest {
    private static final String A = "a1".repeat(32);
    private static final String OK = "errno=0\n\n";

    private final Tunnel tunnel = new Tunnel();
    private final Connection connection = new Connection();
    private final UapiSession session = new UapiSession("wg0", tunnel, null, null, connection);
    private int released;

    /** A tunnel that answers when its gate opens. */
    private static final class Tunnel implements Configurable {
        private final MemoryDevice device = new MemoryDevice();
        CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);
        final List<StatusWithKeys> configurations = new ArrayList<>();
        int changes;

        @Override
        public CompletableFuture<TunnelStatus> status() {
            return gate.thenCompose(_ -> device.status());
        }

        @Override
        public CompletableFuture<StatusWithKeys> statusWithKeys() {
            return gate.thenCompose(_ -> device.statusWithKeys())
                    .whenComplete((withKeys, _) -> configurations.add(withKeys));
        }

        @Override
        public CompletableFuture<DataPathInfo> dataPath() {
            return gate.thenCompose(_ -> device.dataPath());
        }

        @Override
        public CompletableFuture<Void> configure(TunnelChange change) {
            changes++;
            return gate.thenCompose(_ -> device.configure(change));
        }
    }

    private static final class Connection implements UapiSession.Connection {
        final StringBuilder replies = new StringBuilder();
        final List<Integer> sizes = new ArrayList<>();
        final Queue<Runnable> tasks = new ArrayDeque<>();
        boolean open = true;
        boolean writable = true;
        boolean closing;
        int reads;

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public boolean isWritable() {
            return writable;
        }

        @Override
        public void write(int maxBytes, Consumer<ByteBuffer> reply) {
            assertTrue(open && writable && !closing);
            ByteBuffer out = ByteBuffer.allocate(maxBytes);
            reply.accept(out);
            sizes.add(out.position());
            replies.append(new String(out.array(), 0, out.position(), StandardCharsets.US_ASCII));
        }

        @Override
        public void read() {
            reads++;
        }

        @Override
        public void closeAfterReplies() {
            closing = true;
        }

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        void runTasks() {
            for (Runnable task; (task = tasks.poll()) != null; ) {
                task.run();
            }
        }
    }

    private void send(String text) {
        session.received(
                ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)), () -> released++);
        connection.runTasks();
    }

    private String taken() {
        String text = connection.replies.toString();
        connection.replies.setLength(0);
        return text;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 1000})
    void theRepliesAreTheSameHoweverTheRequestsAreCut(int piece) {
        String requests =
                "set=1\nlisten_port=7\nfwmark=8\npublic_key=%s\n\nget=1\n\nget=1\nx\n\n"
                        .formatted(A);
        int pieces = 0;
        for (int at = 0; at < requests.length(); at += piece) {
            send(requests.substring(at, Math.min(requests.length(), at + piece)));
            pieces++;
        }
        String reply = taken();
        assertTrue(reply.startsWith(OK + "listen_port=7\nfwmark=8\npublic_key=" + A), reply);
        assertTrue(reply.endsWith("\nerrno=0\n\nerrno=-22\n\n"), reply);
        assertEquals(pieces, released);
    }

    @Test
    void nothingIsReadAndNoInputReleasedWhileAChangeIsUnderWay() {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        tunnel.gate = gate;
        send("set=1\nlisten_port=7\n\nset=1\nlisten_port=51\n\n"); // 51 is busy
        assertEquals(1, tunnel.changes);
        assertEquals(0, connection.reads);
        assertEquals("", taken());
        assertEquals(0, released);
        gate.complete(null);
        connection.runTasks();
        assertEquals(OK + "errno=-98\n\n", taken());
        assertEquals(2, tunnel.changes);
        assertEquals(1, connection.reads);
        assertEquals(1, released);
    }

    @Test
    void aSessionWaitsUntilItsRepliesAreTaken() {
        connection.writable = false;
        send("get=1\n\n");
        assertEquals(List.of(), tunnel.configurations);
        assertEquals(0, connection.reads);
        connection.writable = true;
        session.resumeSoon();
        session.resumeSoon();
        assertEquals(1, connection.tasks.size());
        connection.runTasks();
        assertEquals(OK, taken());
    }

    @Test
    void aLargeReplyIsWrittenInChunksAndOtherTasksRunInBetween() {
        StringBuilder request = new StringBuilder("set=1\n");
        for (int i = 1; i <= 1000; i++) {
            request.append("public_key=%064x\n".formatted(i));
        }
        send(request.append('\n').toString());
        assertEquals(OK, taken());
        connection.sizes.clear();
        session.received(ByteBuffer.wrap("get=1\n\n".getBytes()), () -> released++);
        int turns = 0;
        for (Runnable task; (task = connection.tasks.poll()) != null; turns++) {
            int before = connection.sizes.size();
            task.run();
            assertTrue(connection.sizes.size() <= before + 1);
        }
        assertTrue(connection.sizes.size() > 10, connection.sizes::toString);
        assertTrue(turns >= connection.sizes.size());
        connection.sizes.forEach(size -> assertTrue(size < 17 << 10));
        assertEquals(1000, taken().split("public_key=", -1).length - 1);
    }

    @Test
    void theRestOfAMalformedSetIsSkippedBeforeTheReply() {
        send("set=1\nlisten_port=7\nlisten_port=x\n");
        send("public_key=" + A + "\nnothing\n");
        assertEquals("", taken());
        send("\nget=1\n\n");
        assertEquals("errno=-22\n\nlisten_port=7\nerrno=0\n\n", taken());
    }

    @Test
    void theEndOfTheInputEndsASetAndThenTheConnection() {
        send("set=1\nlisten_port=7\n");
        session.inputEnded();
        connection.runTasks();
        assertEquals(OK, taken());
        assertTrue(connection.closing);
        assertEquals(7, tunnel.device.statusWithKeysNow().status().listenPort());
    }

    @Test
    void aLineThatTheEndOfTheInputCutsIsAnError() {
        send("set=1\nlisten_port=7\nlisten_port=51820");
        session.inputEnded();
        connection.runTasks();
        assertEquals("errno=-71\n\n", taken());
        assertEquals(7, tunnel.device.statusWithKeysNow().status().listenPort());
    }

    @Test
    void anUnknownOperationClosesTheConnectionAndNothingMoreIsRead() {
        send("reload=1\n\nget=1\n\n"); // this process has no files to reload
        assertEquals("", taken());
        assertTrue(connection.closing);
        assertEquals(0, connection.reads);
        assertEquals(List.of(), tunnel.configurations);
    }

    @Test
    void aConnectionThatIsGoneLeavesNoKeyBehind() {
        send("set=1\nprivate_key=" + A + "\n\n");
        assertEquals(OK, taken());
        CompletableFuture<Void> gate = new CompletableFuture<>();
        tunnel.gate = gate;
        send("get=1\n\nset=1\nprivate_key=" + A);
        assertEquals(1, released);
        connection.open = false;
        session.abandon();
        assertEquals(2, released);
        gate.complete(null);
        connection.runTasks();
        assertEquals("", taken());
        assertTrue(tunnel.configurations.getFirst().privateKey().isWiped());
    }

    @Test
    void theKeysOfAStatusAreWipedWhenItIsWritten() {
        send("set=1\nprivate_key=" + A + "\n\nget=1\n\n");
        assertTrue(taken().contains("private_key="));
        assertTrue(tunnel.configurations.getFirst().privateKey().isWiped());
        assertFalse(connection.closing);
    }
}
