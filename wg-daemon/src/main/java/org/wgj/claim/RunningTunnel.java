// SPDX-License-Identifier: Apache-2.0
package org.wgj.claim;

import java.nio.file.Path;

/**
 * A process of this user that runs a tunnel.
 *
 * @param command what the user has started, such as {@code wgj proxy wg0.conf}
 * @param process its number
 * @param socketOrNull where it takes connections of other commands; null if it does not
 */
public record RunningTunnel(String command, long process, Path socketOrNull) {
    @Override
    public String toString() {
        return command + " (process " + process + ")";
    }
}
