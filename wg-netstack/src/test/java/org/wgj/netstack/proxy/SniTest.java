// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Tests the forward by the server's name of TLS with what the JDK's client sends. */
class SniTest {
    private final TestDialer dialer = new TestDialer();

    /** The first record of a client of the JDK. */
    private static byte[] hello(String name) throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        if (name != null) {
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            engine.setSSLParameters(parameters);
        }
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), record);
        return Arrays.copyOf(record.array(), record.position());
    }

    @Test
    void theServerGetsEveryByteAndItsAnswerComesBack() throws Exception {
        byte[] hello = hello("inside.test");
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (TestServer server =
                        new TestServer(
                                client -> {
                                    byte[] all = client.getInputStream().readAllBytes();
                                    synchronized (received) {
                                        received.writeBytes(all);
                                    }
                                    client.getOutputStream().write(1);
                                });
                RunningProxy proxy = new RunningProxy(new SniHandler(dialer, server.port()));
                Socket socket = proxy.connect()) {
            socket.getOutputStream().write(hello);
            socket.getOutputStream().write(new byte[] {1, 2, 3});
            socket.shutdownOutput();
            assertArrayEquals(new byte[] {1}, socket.getInputStream().readAllBytes());
            byte[] expected = Arrays.copyOf(hello, hello.length + 3);
            System.arraycopy(new byte[] {1, 2, 3}, 0, expected, hello.length, 3);
            synchronized (received) {
                assertArrayEquals(expected, received.toByteArray());
            }
            assertEquals("inside.test", dialer.asked.peek());
        }
    }

    @Test
    void aHelloInManyRecordsIsJoined() throws Exception {
        byte[] hello = hello("inside.test");
        try (TestServer server = new TestServer(client -> client.getOutputStream().write(1));
                RunningProxy proxy = new RunningProxy(new SniHandler(dialer, server.port()));
                Socket socket = proxy.connect()) {
            for (int i = 5; i < hello.length; i++) {
                socket.getOutputStream().write(new byte[] {22, 3, 1, 0, 1, hello[i]});
            }
            assertEquals(1, socket.getInputStream().read());
        }
    }

    @Test
    void aClientWithoutNameGetsAnAlert() throws Exception {
        for (byte[] bytes : new byte[][] {hello(null), "GET / HTTP/1.1\r\n".getBytes()}) {
            try (RunningProxy proxy = new RunningProxy(new SniHandler(dialer, 1));
                    Socket socket = proxy.connect()) {
                socket.getOutputStream().write(bytes);
                assertArrayEquals(
                        new byte[] {21, 3, 1, 0, 2, 2, 112},
                        socket.getInputStream().readAllBytes());
            }
        }
    }

    @Test
    void aCutOrChangedHelloNeverThrows() throws Exception {
        byte[] hello = hello("inside.test");
        byte[] message = Arrays.copyOfRange(hello, 5, hello.length);
        assertEquals("inside.test", ClientHello.serverName(message));
        for (int length = 0; length < message.length; length++) {
            assertNull(ClientHello.serverName(Arrays.copyOf(message, length)));
        }
        for (int i = 0; i < message.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] changed = message.clone();
                changed[i] ^= (byte) (1 << bit);
                String name = ClientHello.serverName(changed);
                if (name != null) {
                    assertEquals("inside.test".length(), name.length(), 200);
                }
            }
        }
    }

    @Test
    void anUnreachableServerGivesAnAlert() throws Exception {
        try (RunningProxy proxy = new RunningProxy(new SniHandler(dialer, 1));
                Socket socket = proxy.connect()) {
            socket.getOutputStream().write(hello("unreachable.test"));
            assertArrayEquals(
                    new byte[] {21, 3, 1, 0, 2, 2, 80}, socket.getInputStream().readAllBytes());
        } catch (IOException e) {
            throw new AssertionError("reset instead of an alert", e);
        }
    }
}
