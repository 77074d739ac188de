// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A listener that records the events. */
class Events implements TunListener {
    private static final int PATIENCE_S = 20;

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @Override
    public void up() {
        told.add("up");
    }

    @Override
    public void down() {
        told.add("down");
    }

    @Override
    public void mtuChanged(int mtu) {
        told.add("mtu " + mtu);
    }

    @Override
    public void readable() {
        told.add("readable");
    }

    @Override
    public void gone() {
        told.add("gone");
    }

    /** Checks that the next event is this one. */
    void expect(String event) throws InterruptedException {
        assertEquals(event, told.poll(PATIENCE_S, TimeUnit.SECONDS));
    }

    /** Checks that there are no further events. */
    void expectNoMore() {
        assertNull(told.peek());
    }
}
