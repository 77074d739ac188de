// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import java.io.IOException;

/**
 * A program that creates the TUN named by its argument and prints the result and all events, until
 * standard input ends. Tests run it with restricted rights.
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
