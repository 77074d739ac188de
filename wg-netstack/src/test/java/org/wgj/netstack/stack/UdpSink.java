// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import org.wgj.netstack.udp.UdpHandler;
import org.wgj.netstack.wire.IpAddress;

import java.util.ArrayList;
import java.util.List;

/** Keeps what comes to a UDP port. */
final class UdpSink implements UdpHandler {
    final List<byte[]> payloads = new ArrayList<>();
    final List<String> senders = new ArrayList<>();
    final List<String> unreachable = new ArrayList<>();
    int closes;
    int writable;

    @Override
    public void received(IpAddress from, int port, byte[] payload) {
        payloads.add(payload);
        senders.add(from + " " + port);
    }

    @Override
    public void unreachable(IpAddress remote, int port) {
        unreachable.add(remote + " " + port);
    }

    @Override
    public void writable() {
        writable++;
    }

    @Override
    public void closed() {
        closes++;
    }
}
