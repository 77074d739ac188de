// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Finds the file of a command: the one that was named, or wireproxy's default. */
public final class ProxyPaths {
    private static final Path SYSTEM = Path.of("/etc/wireproxy/wireproxy.conf");
    private static final Path INTERFACES = Path.of("/etc/wireguard");

    private ProxyPaths() {}

    /**
     * Finds the file.
     *
     * @param nameOrNull a path, or {@code wg0} for /etc/wireguard/wg0.conf; null for the default
     * @param environment has HOME
     * @param argument how a user of this command names a file, for the message
     * @return the path; if a name was given, the file may be missing
     * @throws IOException if no file was named and there is no default one
     */
    public static Path find(String nameOrNull, Map<String, String> environment, String argument)
            throws IOException {
        return find(nameOrNull, environment, argument, SYSTEM);
    }

    /**
     * @param system the default file of the machine
     */
    static Path find(
            String nameOrNull, Map<String, String> environment, String argument, Path system)
            throws IOException {
        if (nameOrNull != null) {
            boolean interfaceName =
                    nameOrNull.matches("[A-Za-z0-9_=+-]{1,15}")
                            && Files.notExists(Path.of(nameOrNull));
            return interfaceName ? INTERFACES.resolve(nameOrNull + ".conf") : Path.of(nameOrNull);
        }
        String home = environment.get("HOME");
        Path own = home == null ? system : Path.of(home, ".config", "wireproxy.conf");
        for (Path each : new Path[] {system, own}) {
            if (Files.exists(each)) {
                return each;
            }
        }
        throw new IOException(
                "name a file ("
                        + argument
                        + "): there is neither "
                        + system
                        + " nor "
                        + (home == null ? "~/.config/wireproxy.conf" : own));
    }
}
