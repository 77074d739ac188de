// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import org.wgj.tun.TunListener;

/**
 * Hears of waiting packets alone.
 *
 * @param wake is run by any thread that has given a stack work
 */
record ReadableListener(Runnable wake) implements TunListener {
    @Override
    public void readable() {
        wake.run();
    }

    @Override
    public void up() {}

    @Override
    public void down() {}

    @Override
    public void mtuChanged(int mtu) {}

    @Override
    public void gone() {}
}
