// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.Dialer;
import org.wgj.netstack.proxy.TargetRefusedException;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/** Uses only the IPv4 or only the IPv6 addresses of names: ResolveStrategy. */
final class FamilyDialer implements Dialer {
    private final Dialer dialer;
    private final boolean ipv6;

    private FamilyDialer(Dialer dialer, boolean ipv6) {
        this.dialer = dialer;
        this.ipv6 = ipv6;
    }

    /** Returns the dialer itself if it may use both. */
    static Dialer of(Dialer dialer, ProxyConfig.Addresses addresses) {
        return addresses == ProxyConfig.Addresses.AUTO
                ? dialer
                : new FamilyDialer(dialer, addresses == ProxyConfig.Addresses.IPV6);
    }

    @Override
    public Socket connect(String host, int port, Duration timeout) throws IOException {
        if (HostLiteral.is(host)) {
            return dialer.connect(host, port, timeout);
        }
        long begin = System.nanoTime();
        List<InetAddress> all = resolve(host);
        Duration left = timeout.minusNanos(System.nanoTime() - begin);
        if (!left.isPositive()) {
            throw new SocketTimeoutException("Connect timed out");
        }
        return dialer.connect(all, port, left);
    }

    @Override
    public DatagramSocket datagram(int port) throws IOException {
        return dialer.datagram(port);
    }

    @Override
    public ServerSocket listen(int port) throws IOException {
        return dialer.listen(port);
    }

    @Override
    public List<InetAddress> resolve(String host) throws IOException {
        List<InetAddress> all = dialer.resolve(host);
        if (HostLiteral.is(host)) {
            return all;
        }
        List<InetAddress> right =
                all.stream().filter(one -> one instanceof Inet4Address != ipv6).toList();
        if (right.isEmpty()) {
            throw new UnknownHostException(
                    host + " has no " + (ipv6 ? "IPv6" : "IPv4") + " address");
        }
        return right;
    }

    @Override
    public Dialer pathTo(InetAddress target) throws TargetRefusedException {
        return dialer.pathTo(target);
    }
}
