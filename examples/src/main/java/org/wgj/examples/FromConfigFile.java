// SPDX-License-Identifier: Apache-2.0
package org.wgj.examples;

import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.Tunnel;
import org.wgj.tunnel.TunnelConfig;
import org.wgj.tunnel.TunnelConfigException;

import java.nio.file.Path;

/**
 * Shows a tunnel that starts from a configuration file of wg-quick. Addresses, name servers and MTU
 * concern the interface: the program uses them, here the MTU.
 *
 * <p>To run it, see the package's description, and add the path of a file. It prints, for example:
 *
 * <pre>
 * wg0.conf: addresses [10.0.0.1/24], 1 peer
 * the tunnel listens on port 51820
 * </pre>
 *
 * <p>If a line is wrong it prints the place and the reason, and no key:
 *
 * <pre>
 * wg0.conf, line 2, [Interface] ListenPort: expected a port from 0 to 65535
 * </pre>
 */
public final class FromConfigFile {
    private FromConfigFile() {}

    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        TunnelConfig config;
        try {
            config = TunnelConfig.parse(file);
        } catch (TunnelConfigException e) {
            System.out.println(e.getMessage());
            return;
        }
        System.out.printf(
                "%s: addresses %s, %d peer%s%n",
                file.getFileName(),
                config.addresses(),
                config.peers().size(),
                config.peers().size() == 1 ? "" : "s");

        MemoryTun packets = new MemoryTun("wg0", config.mtu().orElse(1420));
        try (Tunnel tunnel = Tunnel.builder(packets).config(config).start()) {
            config.wipe(); // the tunnel has copies of the keys
            int port = tunnel.status().join().listenPort();
            System.out.println("the tunnel listens on port " + port);
        }
    }
}
