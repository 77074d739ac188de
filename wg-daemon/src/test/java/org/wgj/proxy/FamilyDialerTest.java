// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.wgj.netstack.proxy.Dialer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/** Tests ResolveStrategy: the addresses of one family, tried as those of both are. */
@Timeout(60)
class FamilyDialerTest {
    private static final Duration LONG = Duration.ofHours(1);

    /** A name with two addresses of each family, of which the second ones answer. */
    private static final class Names implements Dialer {
        final Socket answer = new Socket();

        @Override
        public Socket connect(String host, int port, Duration timeout) throws IOException {
            switch (host) {
                case "10.0.0.2", "fd00:0:0:0:0:0:0:2" -> {
                    return answer;
                }
                case "10.0.0.1", "fd00:0:0:0:0:0:0:1" -> {
                    try {
                        Thread.sleep(timeout);
                    } catch (InterruptedException e) {
                        throw new InterruptedIOException();
                    }
                    throw new SocketTimeoutException();
                }
                default -> throw new ConnectException(host);
            }
        }

        @Override
        public List<InetAddress> resolve(String host) {
            return host.equals("four.test")
                    ? List.of(InetAddress.ofLiteral("10.0.0.1"))
                    : List.of(
                            InetAddress.ofLiteral("fd00::1"),
                            InetAddress.ofLiteral("fd00::2"),
                            InetAddress.ofLiteral("10.0.0.1"),
                            InetAddress.ofLiteral("10.0.0.2"));
        }

        @Override
        public DatagramSocket datagram(int port) {
            throw new AssertionError();
        }

        @Override
        public ServerSocket listen(int port) {
            throw new AssertionError();
        }
    }

    private final Names names = new Names();
    private final Dialer four = FamilyDialer.of(names, ProxyConfig.Addresses.IPV4);
    private final Dialer six = FamilyDialer.of(names, ProxyConfig.Addresses.IPV6);

    @Test
    void aSilentAddressDoesNotHoldUpTheNext() throws IOException {
        assertSame(names.answer, four.connect("both.test", 1, LONG));
        assertSame(names.answer, six.connect("both.test", 1, LONG));
    }

    @Test
    void onlyOneFamilyIsUsed() throws IOException {
        assertEquals(
                List.of(InetAddress.ofLiteral("10.0.0.1"), InetAddress.ofLiteral("10.0.0.2")),
                four.resolve("both.test"));
        assertEquals(
                List.of(InetAddress.ofLiteral("fd00::1"), InetAddress.ofLiteral("fd00::2")),
                six.resolve("both.test"));
        UnknownHostException e =
                assertThrows(UnknownHostException.class, () -> six.connect("four.test", 1, LONG));
        assertEquals("four.test has no IPv6 address", e.getMessage());
        assertSame(names, FamilyDialer.of(names, ProxyConfig.Addresses.AUTO));
    }

    @Test
    void aNumericAddressIsTakenAsItIs() {
        ConnectException e =
                assertThrows(ConnectException.class, () -> six.connect("192.0.2.1", 1, LONG));
        assertEquals("192.0.2.1", e.getMessage());
    }
}
