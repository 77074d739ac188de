// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.conformance;

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

import java.net.BindException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The stack under test with one application, and a scripted peer with one conversation. Keeps
 * SND.UNA, SND.NXT, RCV.NXT and the receive window as the packets show them.
 */
final class Subject {
    static final int PORT = 80;
    static final int PEER_PORT = 40_000;

    final NetStack stack;
    final ScriptedPeer peer;
    final ScriptedPeer.Flow flow;
    final List<Application> accepted = new ArrayList<>();
    TcpOptions options = TcpOptions.DEFAULT;
    Application application;
    TcpListener listener;
    boolean accepting = true;

    /** SND.UNA relative to the stack's initial number. */
    int una;

    /** SND.NXT relative to the stack's initial number. */
    int nxt;

    /** RCV.NXT relative to the peer's initial number. */
    int rcv;

    /** The stack's receive window as it was advertised last. */
    int wnd = 65_535;

    /** The stack's window shift; -1 until known. */
    int scale = -1;

    boolean peerScaled;
    int lastTsVal;

    /** Makes one whose every packet is checked. */
    Subject(boolean ipv6) {
        this(ipv6, TestStacks.MTU);
    }

    /**
     * Makes one whose every packet is checked.
     *
     * @param mtu of the tunnel, in bytes
     */
    Subject(boolean ipv6, int mtu) {
        IpAddress local = IpAddress.parse(ipv6 ? "fd00::1" : "10.0.0.1");
        IpAddress remote = IpAddress.parse(ipv6 ? "fd00::2" : "10.0.0.2");
        stack = TestStacks.make(mtu, new Random(11), local);
        peer = new ScriptedPeer(new StackEndpoint(stack));
        peer.observe(new TcpInvariants(true, false).mtu(mtu, 65_535));
        flow = peer.new Flow(remote, PEER_PORT, local, PORT);
    }

    void listen(int backlog) {
        try {
            listener = stack.tcp().listen(flow.local, PORT, backlog, options, this::pending);
        } catch (BindException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean pending(TcpConnection connection) {
        Application taken = new Application();
        taken.connection = connection;
        connection.setHandler(taken);
        accepted.add(taken);
        if (accepting) {
            application = taken;
            listener.accepted();
        }
        return true;
    }

    /** Begins to connect; the SYN waits to be expected. */
    void connect() {
        application = new Application();
        try {
            application.connection =
                    stack.tcp()
                            .connect(
                                    null,
                                    0,
                                    flow.peer,
                                    PEER_PORT,
                                    options,
                                    application,
                                    peer.nowNs());
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
        flow.localPort = application.connection.localPort();
    }

    TcpConnection connection() {
        if (application == null) {
            throw new AssertionError("there is no connection");
        }
        return application.connection;
    }

    /** Sends a segment and follows it. */
    void send(TcpPacket segment) {
        if (segment.has(TcpPacket.SYN)) {
            peerScaled = segment.windowScale >= 0;
            rcv = Math.max(rcv, 1);
        }
        peer.inject(segment);
    }

    /** Takes the next segment of the stack and follows it; null if there is none. */
    TcpPacket next() {
        TcpPacket segment = peer.pollTcp();
        if (segment != null) {
            follow(segment);
        }
        return segment;
    }

    /** Learns the numbers that a segment of the stack shows. */
    void follow(TcpPacket segment) {
        if (segment.has(TcpPacket.RST)) {
            return;
        }
        if (segment.has(TcpPacket.SYN)) {
            flow.iss = segment.sequence;
            scale = segment.windowScale;
            una = 0;
        }
        int end = segment.sequence + segment.segmentLength() - flow.iss;
        nxt = Math.max(nxt, end);
        if (segment.has(TcpPacket.ACK)) {
            rcv = segment.acknowledgment - flow.irs;
            boolean scaled = !segment.has(TcpPacket.SYN) && peerScaled && scale > 0;
            wnd = scaled ? segment.window << scale : segment.window;
        }
        if (segment.timestamps) {
            lastTsVal = segment.tsVal;
        }
    }

    /** Returns whether an exact RST or a repeated FIN shows that TIME-WAIT goes on. */
    boolean answersRepeatedFin() {
        peer.all();
        peer.advance(600_000_000L);
        send(flow.segment("FA", rcv - 1, nxt, 0));
        TcpPacket answer = next();
        return answer != null && answer.flags == TcpPacket.ACK;
    }
}
