// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.bugs;

import org.wgj.netstack.emulator.Application;
import org.wgj.netstack.emulator.ScriptedPeer;
import org.wgj.netstack.emulator.StackEndpoint;
import org.wgj.netstack.emulator.TcpInvariants;
import org.wgj.netstack.emulator.TcpPacket;
import org.wgj.netstack.emulator.TestStacks;
import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpListener;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A stack that listens at port 80, and a scripted peer. */
final class OnePeer {
    static final IpAddress LOCAL = IpAddress.parse("10.0.0.1");
    static final IpAddress PEER = IpAddress.parse("10.0.0.2");
    static final int PORT = 80;

    final NetStack stack = TestStacks.make(TestStacks.MTU, new Random(5), LOCAL);
    final ScriptedPeer peer = new ScriptedPeer(new StackEndpoint(stack));
    final ScriptedPeer.Flow flow = peer.new Flow(PEER, 50_000, LOCAL, PORT);
    final List<Application> accepted = new ArrayList<>();
    TcpOptions options = TcpOptions.DEFAULT;
    Application application;
    TcpListener listener;
    boolean accepting = true;
    private int written = 1;
    private int read = 1;

    OnePeer() {
        peer.observe(new TcpInvariants(true, false).mtu(TestStacks.MTU, 65_535));
    }

    OnePeer listen(int backlog) {
        try {
            listener = stack.tcp().listen(LOCAL, PORT, backlog, options, this::pending);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return this;
    }

    private boolean pending(TcpConnection connection) {
        application = new Application();
        application.connection = connection;
        connection.setHandler(application);
        accepted.add(application);
        if (accepting) {
            listener.accepted();
        }
        return true;
    }

    /** The peer opens a connection, with SACK and MSS 1460, without scale and timestamps. */
    void open(int window) {
        flow.window = window;
        if (listener == null) {
            listen(16);
        }
        TcpPacket syn = flow.segment("S", 0, 0, 0);
        syn.mss = 1460;
        syn.sackPermitted = true;
        open(syn);
    }

    /** The peer opens a connection by this SYN. */
    void open(TcpPacket syn) {
        if (listener == null) {
            listen(16);
        }
        peer.inject(syn);
        flow.iss = peer.expect("SA").sequence;
        flow.send("A", 1, 1, 0);
        peer.expectNothing();
    }

    TcpConnection connection() {
        return application.connection;
    }

    /** The application writes; byte n of the stream is n. */
    void write(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (written + i);
        }
        int taken = connection().write(bytes, 0, length);
        if (taken != length) {
            throw new AssertionError("wrote " + taken + " of " + length);
        }
        written += length;
        connection().wrote(peer.nowNs());
    }

    /** The application reads exactly this. */
    void read(int length) {
        byte[] bytes = new byte[length];
        int got = 0;
        while (got < length) {
            int more = connection().read(bytes, got, length - got);
            if (more <= 0) {
                throw new AssertionError("read " + got + " of " + length);
            }
            got += more;
        }
        for (int i = 0; i < length; i++) {
            if (bytes[i] != (byte) (read + i)) {
                throw new AssertionError("byte " + (read + i) + " differs");
            }
        }
        read += length;
        connection().consumed(peer.nowNs());
    }

    /** Returns and forgets what the stack sent. */
    List<TcpPacket> segments() {
        return peer.all().stream().map(ScriptedPeer.Sent::tcp).toList();
    }
}
