// SPDX-License-Identifier: Apache-2.0
package org.wgj.portable;

import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelLoops;

/** Enters the library in one of three ways and prints why that failed. */
public final class OldNettyProgram {
    private OldNettyProgram() {}

    public static void main(String[] arguments) {
        try {
            switch (arguments[0]) {
                case "builder" -> Tunnel.builder(new MemoryTun("wg0", 1420));
                case "create" -> TunnelLoops.create("loops", 1);
                case "shared" -> TunnelLoops.shared();
                default -> throw new IllegalArgumentException(arguments[0]);
            }
            System.out.println("nothing failed");
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        }
    }
}
