// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.proxy.ProxyPaths;
import org.wgj.proxy.TunnelAccess;

import java.io.IOException;
import java.time.Duration;

/**
 * The file of a command with a tunnel of its own. Its option has a short name in some commands,
 * which a mixin could not have, so each declares the option and takes the rest from here.
 */
final class TunnelFile {
    static final String OPTION = "--config";

    static final String DESCRIPTION =
            "A file of wg-quick or wireproxy, or an interface's name. By default"
                    + " /etc/wireproxy/wireproxy.conf, then ~/.config/wireproxy.conf.";

    static final String SHARES =
            "If a wgj proxy or wgj run --userspace of this user runs with the key of FILE, this"
                    + " goes through its tunnel; otherwise through one of its own.";

    static final String ANYWAY = "--anyway";

    static final String ANYWAY_DESCRIPTION =
            "Open the tunnel although an interface of this machine has its address: it belongs to"
                    + " another tunnel.";

    private TunnelFile() {}

    /** Refuses an empty host, which an unset variable of a script makes. */
    static void requireHost(String host) {
        if (host.isBlank()) {
            throw new IllegalArgumentException("HOST is empty: name an address or a host");
        }
    }

    /**
     * Opens the tunnel of the file, or uses the one that runs. The caller closes it.
     *
     * @param configOrNull what the option says; null for the default
     * @param option its name, for the message without a file
     * @param command how messages of other processes call this one
     * @param patience how long to wait for another command that has the key
     * @param anyway whether {@link #ANYWAY} is set
     */
    static TunnelAccess open(
            String configOrNull, String option, String command, Duration patience, boolean anyway)
            throws IOException {
        return TunnelAccess.open(
                ProxyPaths.find(configOrNull, System.getenv(), option + " FILE"),
                System.getenv(),
                command,
                patience,
                anyway);
    }
}
