// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.io.IOException;

/**
 * Makes the TUN that its argument names and says on standard output how that went and what happens
 * to it, until standard input ends; for tests of what a process may not do.
 */
final class TunProbe {
    private TunProbe() {}

    public static void main(String[] arguments) throws IOException {
        try (LinuxTun tun = LinuxTun.create(arguments[0], 1420)) {
            System.out.println("created " + tun.name());
            tun.start(new Teller(tun));
            while (System.in.read() >= 0) {
                continue;
            }
        } catch (IOException e) {
            System.out.println(e.getMessage());
        }
    }

    private record Teller(LinuxTun tun) implements TunListener {
        @Override
        public void up() {
            System.out.println("up " + tun.name());
        }

        @Override
        public void down() {
            System.out.println("down " + tun.name());
        }

        @Override
        public void mtuChanged(int mtu) {
            System.out.println("mtu " + mtu);
        }

        @Override
        public void readable() {
            System.out.println("readable");
        }

        @Override
        public void gone() {
            System.out.println("gone");
        }
    }
}
