// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import java.io.PrintStream;

/** Prints every TCP segment of a link, for the eye: time in microseconds, direction, segment. */
public final class PacketTrace implements LinkObserver {
    private final PrintStream out;

    /** Makes one. */
    public PacketTrace(PrintStream out) {
        this.out = out;
    }

    @Override
    public void sent(boolean toRight, byte[] packet, int length, long nowNs) {
        print(toRight ? "> " : "< ", packet, length, nowNs);
    }

    @Override
    public void arrived(boolean toRight, byte[] packet, int length, long nowNs) {
        print(toRight ? " >" : " <", packet, length, nowNs);
    }

    private void print(String how, byte[] packet, int length, long nowNs) {
        String text;
        try {
            TcpPacket segment = TcpPacket.parse(packet, length);
            text = segment.sourcePort + " " + segment.destinationPort + " " + segment;
        } catch (AssertionError | RuntimeException e) {
            text = "(" + e.getMessage() + ")";
        }
        out.println((nowNs - EmulatedLink.START_NS) / 1000 + " " + how + " " + text);
    }
}
