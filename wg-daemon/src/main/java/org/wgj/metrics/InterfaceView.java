// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.crypto.PublicKey;
import org.wgj.process.ProcessInfo;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.TunnelStatus;

import java.util.Map;

/**
 * An interface at one moment, without secrets.
 *
 * @param status configuration and peers
 * @param dataPathOrNull what it works with and counted; null if another implementation serves it
 * @param processOrNull the process that serves it; null if another implementation does
 * @param names of the peers that have one
 */
public record InterfaceView(
        TunnelStatus status,
        DataPathInfo dataPathOrNull,
        ProcessInfo processOrNull,
        Map<PublicKey, String> names) {
    String device() {
        return status.name();
    }
}
