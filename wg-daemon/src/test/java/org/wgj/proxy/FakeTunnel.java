// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.Dialer;
import org.wgj.netstack.proxy.SystemDialer;
import org.wgj.tunnel.TunnelConfig;
import org.wgj.tunnel.TunnelCounters;
import org.wgj.tunnel.TunnelStatus;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A tunnel to loopback. */
final class FakeTunnel implements ProxyTunnel {
    volatile boolean answersPings = true;
    volatile TunnelConfig changedTo;
    volatile boolean closed;

    @Override
    public Dialer dialer() {
        return new SystemDialer();
    }

    @Override
    public boolean hasNameServers() {
        return false;
    }

    @Override
    public boolean covers(InetAddress address) {
        return address.isLoopbackAddress();
    }

    @Override
    public boolean coversEverything() {
        return false;
    }

    @Override
    public byte[] answerDns(byte[] bytes, int length, boolean tcp) {
        byte[] answer = new byte[length];
        System.arraycopy(bytes, 0, answer, 0, length);
        return answer;
    }

    @Override
    public Duration ping(InetAddress address, Duration timeout) throws IOException {
        if (!answersPings) {
            throw new SocketTimeoutException("no answer");
        }
        return Duration.ofMillis(1);
    }

    @Override
    public TunnelStatus status() {
        return new TunnelStatus(
                "fake", null, 51820, 0, List.of(), Map.of(), null, TunnelCounters.ZERO);
    }

    @Override
    public String change(TunnelConfig config) {
        changedTo = config;
        return null;
    }

    @Override
    public void close() {
        closed = true;
    }
}
