// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.proxy.ProxyClient;
import org.wgj.proxy.ProxyPaths;

import java.io.IOException;

/**
 * The file of a command with a tunnel of its own. Its option has a short name in some commands,
 * which a mixin could not have, so each declares the option and takes the rest from here.
 */
final class TunnelFile {
    static final String OPTION = "--config";

    static final String DESCRIPTION =
            "A file of wg-quick or wireproxy, or an interface's name. By default"
                    + " /etc/wireproxy/wireproxy.conf, then ~/.config/wireproxy.conf.";

    private TunnelFile() {}

    /** Refuses an empty host, which an unset variable of a script makes. */
    static void requireHost(String host) {
        if (host.isBlank()) {
            throw new IllegalArgumentException("HOST is empty: name an address or a host");
        }
    }

    /**
     * Starts the tunnel of the file. The caller closes it.
     *
     * @param configOrNull what the option says; null for the default
     * @param option its name, for the message without a file
     */
    static ProxyClient open(String configOrNull, String option) throws IOException {
        return ProxyClient.open(
                ProxyPaths.find(configOrNull, System.getenv(), option + " FILE"), System.getenv());
    }
}
