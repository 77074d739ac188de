// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;

/** Tests that questions of both kinds get the answers of a relay that reverses them. */
class DnsListenerTest {
    private static byte[] reversed(byte[] bytes, int length, boolean tcp) {
        if (length == 0) {
            return null;
        }
        byte[] answer = new byte[length + 1];
        for (int i = 0; i < length; i++) {
            answer[i] = bytes[length - 1 - i];
        }
        answer[length] = (byte) (tcp ? 't' : 'u');
        return answer;
    }

    private static DnsListener start() throws IOException {
        return DnsListener.start(
                "dns",
                new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0)),
                DnsListenerTest::reversed);
    }

    @Test
    void aDatagramIsAnswered() throws IOException {
        try (DnsListener listener = start();
                DatagramSocket client = new DatagramSocket()) {
            client.setSoTimeout(10_000);
            client.send(new DatagramPacket(new byte[0], 0, listener.address())); // no answer
            client.send(new DatagramPacket(new byte[] {1, 2, 3}, 3, listener.address()));
            DatagramPacket answer = new DatagramPacket(new byte[10], 10);
            client.receive(answer);
            assertArrayEquals(
                    new byte[] {3, 2, 1, 'u'}, Arrays.copyOf(answer.getData(), answer.getLength()));
        }
    }

    @Test
    void severalQuestionsOfAConnectionAreAnsweredInOrder() throws IOException {
        try (DnsListener listener = start();
                RunningProxy proxy = new RunningProxy(listener);
                Socket client = proxy.connect()) {
            client.getOutputStream().write(new byte[] {0, 2, 1, 2, 0, 1, 7});
            client.shutdownOutput();
            assertArrayEquals(
                    new byte[] {0, 3, 2, 1, 't', 0, 2, 7, 't'},
                    client.getInputStream().readAllBytes());
            proxy.awaitNoConnections();
            assertEquals(0, proxy.connections.size());
        }
    }
}
