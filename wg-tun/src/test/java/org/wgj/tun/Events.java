// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A listener that writes down what it was told. */
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

    /** The next event is this one. */
    void expect(String event) throws InterruptedException {
        assertEquals(event, told.poll(PATIENCE_S, TimeUnit.SECONDS));
    }

    /** Nothing was told that no test has asked about. */
    void expectNoMore() {
        assertNull(told.peek());
    }
}
