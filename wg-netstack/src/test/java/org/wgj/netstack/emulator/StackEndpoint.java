// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import org.wgj.netstack.stack.NetStack;

import java.lang.foreign.MemorySegment;

/** A stack as one end of a link. */
public final class StackEndpoint implements PacketEndpoint {
    private final NetStack stack;

    /** Makes an endpoint of a stack. */
    public StackEndpoint(NetStack stack) {
        this.stack = stack;
    }

    /** Returns the stack. */
    public NetStack stack() {
        return stack;
    }

    @Override
    public void receive(MemorySegment slab, int[] offsets, int[] lengths, int count, long nowNs) {
        stack.receive(slab, offsets, lengths, 0, count, nowNs);
    }

    @Override
    public int emit(MemorySegment slab, int[] offsets, int[] lengths, long nowNs) {
        return stack.emit(slab, 0, 0, offsets, lengths, nowNs);
    }

    @Override
    public boolean hasOutput() {
        return stack.hasOutput();
    }

    @Override
    public long nextDeadlineNs() {
        return stack.nextDeadlineNs();
    }

    @Override
    public void handleTimeouts(long nowNs) {
        stack.handleTimeouts(nowNs);
    }
}
