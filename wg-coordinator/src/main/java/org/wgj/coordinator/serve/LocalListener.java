// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import io.netty.channel.Channel;

import org.wgj.coordinator.api.Caller;
import org.wgj.coordinator.api.HttpLimits;
import org.wgj.coordinator.api.HttpListener;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The listener on the loopback address, for a browser on this machine. It accepts its own address
 * and {@code localhost} as its host and no other name, which a foreign page may have resolved to
 * the loopback address.
 */
final class LocalListener implements HttpListener {
    private static final Caller ANYBODY = new Caller(Caller.Kind.LOCAL, 0, "this machine");

    private volatile int port;

    /** Says which port it has. */
    void listensOn(int port) {
        this.port = port;
    }

    @Override
    public HttpLimits limits() {
        return HttpLimits.LOCAL;
    }

    @Override
    public Optional<Caller> caller(Channel channel) {
        return Optional.of(ANYBODY);
    }

    @Override
    public InetAddress source(Channel channel) {
        return ((InetSocketAddress) channel.remoteAddress()).getAddress();
    }

    @Override
    public boolean isOwnHost(String host) {
        return host.equals("localhost:" + port)
                || HostHeader.address(host, port)
                        .filter(InetAddress::isLoopbackAddress)
                        .isPresent();
    }
}
