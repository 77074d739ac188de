// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.bugs;

import org.wgj.netstack.emulator.Bulk;
import org.wgj.netstack.emulator.EmulatedLink;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.emulator.StackEndpoint;
import org.wgj.netstack.emulator.TcpInvariants;
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
import java.util.function.Supplier;

/** Two stacks over a link whose every packet is checked; the right one listens. */
final class TwoStacks {
    static final long MS = 1_000_000L;
    static final long SECOND = 1_000 * MS;
    static final int PORT = 5000;
    static final IpAddress LEFT = IpAddress.parse("10.0.0.1");
    static final IpAddress RIGHT = IpAddress.parse("10.0.0.2");

    private final IpAddress rightAddress;
    final NetStack left;
    final NetStack right;
    final EmulatedLink link;
    final TcpInvariants invariants;
    final List<Bulk> accepted = new ArrayList<>();
    TcpListener listener;
    boolean accepting = true;

    TwoStacks(LinkConditions conditions) {
        this(conditions, TestStacks.MTU);
    }

    TwoStacks(LinkConditions conditions, int mtu) {
        this(conditions, mtu, LEFT, RIGHT);
    }

    TwoStacks(LinkConditions conditions, int mtu, IpAddress ofLeft, IpAddress ofRight) {
        rightAddress = ofRight;
        left = TestStacks.make(mtu, new Random(1), ofLeft);
        right = TestStacks.make(mtu, new Random(2), ofRight);
        link = new EmulatedLink(new StackEndpoint(left), new StackEndpoint(right), conditions, 3);
        invariants = new TcpInvariants().mtu(mtu, mtu);
        link.observe(invariants);
    }

    /** Listens; each accepted connection gets an application from the supplier. */
    TwoStacks listen(TcpOptions options, int backlog, Supplier<Bulk> applications) {
        try {
            listener =
                    right.tcp()
                            .listen(
                                    null,
                                    PORT,
                                    backlog,
                                    options,
                                    connection -> accept(connection, applications.get()));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return this;
    }

    private boolean accept(TcpConnection connection, Bulk application) {
        application.begin(connection, link);
        accepted.add(application);
        if (accepting) {
            listener.accepted();
        }
        link.after(0, application::act);
        return true;
    }

    /** Opens a connection from the left. */
    Bulk connect(TcpOptions options, Bulk application) {
        try {
            application.begin(
                    left.tcp()
                            .connect(
                                    null,
                                    0,
                                    rightAddress,
                                    PORT,
                                    options,
                                    application,
                                    link.nowNs()),
                    link);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return application;
    }

    /** Opens a connection and waits until both sides have it; returns the accepted one. */
    Bulk open(Bulk application) {
        int before = accepted.size();
        connect(TcpOptions.DEFAULT, application);
        if (!link.runUntil(
                () -> application.established > 0 && accepted.size() > before,
                link.nowNs() + 60 * SECOND)) {
            throw new AssertionError("not established");
        }
        return accepted.get(before);
    }

    /** Checks that neither stack keeps anything. */
    void checkEmpty() {
        TestStacks.checkEmpty(left);
        TestStacks.checkEmpty(right);
    }
}
