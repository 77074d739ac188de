// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.tunnel.TunnelStatus;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.nio.file.Path;

/** Looks at interfaces of other processes, of any implementation, through their sockets. */
public final class SocketInterfaces {
    private final NameFiles names = new NameFiles();

    /** Creates an observer without names yet. */
    public SocketInterfaces() {}

    /**
     * Looks at an interface.
     *
     * @param fileOrNull the file with names of peers; null for that in /etc/wireguard
     * @throws IOException when there is no such interface, it cannot be accessed or does not answer
     */
    public InterfaceView view(String name, Path fileOrNull) throws IOException {
        UapiClient client = UapiClient.of(name);
        TunnelStatus status = client.get();
        return new InterfaceView(
                status,
                client.dataPath().orElse(null),
                client.process().orElse(null),
                names.names(fileOrNull == null ? NameFiles.fileOf(name) : fileOrNull));
    }
}
